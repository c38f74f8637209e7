import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws, parameterLaws } from "../../test/laws.js";
import { uniforms, uniformTensor } from "../../test/numbers.js";
import { RationalQuadraticSpline } from "../index.js";

const domain = { size: 4, low: -1.3, high: 1.4, step: 2 ** -7 };
const raw = (seed: number, bins: number, batch: number[] = []) => ({
  widths: uniformTensor(seed, [...batch, bins], -1, 1),
  heights: uniformTensor(seed + 1, [...batch, bins], -1, 1),
  slopes: uniformTensor(seed + 2, [...batch, bins - 1], -1, 1),
});

bijectorLaws("RationalQuadraticSpline", new RationalQuadraticSpline({ ...raw(1, 3), bound: 2 }), domain);
bijectorLaws(
  "RationalQuadraticSpline of batched parameters",
  new RationalQuadraticSpline({ ...raw(4, 4, [3]), bound: 2.5 }),
  { ...domain, size: 3 },
);
bijectorLaws("RationalQuadraticSpline in its tails", new RationalQuadraticSpline({ ...raw(7, 3), bound: 1 }), {
  ...domain,
  low: 1.2,
  high: 4,
});
parameterLaws(
  "RationalQuadraticSpline",
  (widths, heights, slopes) =>
    new RationalQuadraticSpline({
      widths: widths as tf.Tensor,
      heights: heights as tf.Tensor,
      slopes: slopes as tf.Tensor,
      bound: 2,
    }),
  [
    [0.5, -0.2, 0.3],
    [-0.3, 0.4, 0.6],
    [0.5, -0.7],
  ],
  // Points that stay in their bins while the knots are moved.
  { size: 3, low: 0.2, high: 0.5, step: 2 ** -7 },
);

describe("RationalQuadraticSpline", () => {
  const spline = new RationalQuadraticSpline({ ...raw(10, 8), bound: 3 });

  test("rises, maps the interval onto itself, and meets the identity at both ends", () => {
    const x = tf.linspace(-4, 4, 2001);
    const y = spline.forward(x).dataSync();
    expect(y.every((value, k) => k === 0 || value > (y[k - 1] as number))).toBe(true);
    const edge = [-100, -3.001, -3, 3, 3.001, 100];
    const { value, logDet } = spline.forwardAndLogDet(edge);
    expect(value).toBeAllClose(edge, { rtol: 1e-6 });
    expect(logDet).toBeAllClose([0, 0, 0, 0, 0, 0], { atol: 1e-5 });
    const { value: far, logDet: none } = spline.forwardAndLogDet([-1e6, -4, 4, 1e6]);
    expect(far).toBeAllClose([-1e6, -4, 4, 1e6], { rtol: 0, atol: 0 });
    expect(none).toBeAllClose([0, 0, 0, 0], { rtol: 0, atol: 0 });
    expect(spline.inverse(edge)).toBeAllClose(edge, { rtol: 1e-6 });
  });

  test("all zeros are the identity", () => {
    const identity = new RationalQuadraticSpline({ widths: [0, 0, 0], heights: [0, 0, 0], slopes: [0, 0] });
    const x = uniformTensor(13, [50], -4, 4);
    const { value, logDet } = identity.forwardAndLogDet(x);
    expect(value).toBeAllClose(x, { rtol: 1e-6, atol: 1e-6 });
    expect(logDet).toBeAllClose(tf.zeros([50]), { atol: 1e-6 });
  });

  test("slopes are continuous at the knots", () => {
    const { widths } = raw(10, 8);
    const shares = tf.softmax(widths).dataSync();
    let knot = -3;
    for (const share of shares.slice(0, -1)) {
      knot += 6 * (1e-3 + (1 - 8e-3) * share);
      const sides = spline.forwardLogDetJacobian([knot - 1e-5, knot + 1e-5]).dataSync();
      expect(sides[1]).toBeCloseTo(sides[0] as number, 3);
    }
  });

  test("the inverse holds where bins are steep and flat by turns", () => {
    const steep = new RationalQuadraticSpline({
      widths: [8, -8, 8, -8, 0],
      heights: [-8, 8, -8, 8, 0],
      slopes: [20, -20, 20, -20],
      minBinSize: 1e-4,
    });
    const y = tf.tensor1d(uniforms(15, 300, -3, 3));
    const { value: x, logDet } = steep.inverseAndLogDet(y);
    // In y the error is what rounding x, slope times, makes of it.
    const slope = tf.exp(tf.neg(logDet)).dataSync();
    const back = steep.forward(x).dataSync();
    for (const [k, target] of y.dataSync().entries()) {
      expect(Math.abs((back[k] as number) - target)).toBeLessThan(1e-5 + 2e-6 * (slope[k] as number));
    }
    expect(
      tf
        .grad((each) => tf.sum(steep.inverse(each)))(y)
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
  });

  test("values and log-determinants are finite at every knot, between steep and flat bins", () => {
    for (let seed = 0; seed < 40; seed++) {
      const widths = uniforms(20 + seed, 8, -8, 8);
      const heights = uniforms(70 + seed, 8, -8, 8);
      const steep = new RationalQuadraticSpline({ widths, heights, slopes: uniforms(120 + seed, 7, -100, 100) });
      const at = (logits: number[]) => {
        let knot = -3;
        return [...tf.softmax(logits).dataSync()].flatMap((share) => {
          knot += 6 * (1e-3 + (1 - 8e-3) * share);
          return Array.from({ length: 25 }, (_, step) => knot + (step - 12) * 2.4e-7);
        });
      };
      const results = [steep.forwardAndLogDet(at(widths)), steep.inverseAndLogDet(at(heights))];
      for (const { value, logDet } of results) {
        expect([...value.dataSync(), ...logDet.dataSync()].every(Number.isFinite), `seed ${seed}`).toBe(true);
      }
    }
  });

  test.each([
    [
      { ...raw(1, 3), slopes: [0] },
      "widths and heights must be of shape [..., K] and slopes [..., K-1], K >= 2, got [3], [3] and [1]",
    ],
    [{ widths: [0], heights: [0], slopes: [] }, "K >= 2, got [1], [1] and [0]"],
    [{ ...raw(1, 3), bound: 0 }, "RationalQuadraticSpline: bound must be a number in (0, Infinity), got 0"],
    [{ ...raw(1, 2), minBinSize: 0.5 }, "RationalQuadraticSpline: minBinSize must be a number in (0, 0.5), got 0.5"],
    [{ ...raw(1, 2), minSlope: 1 }, "RationalQuadraticSpline: minSlope must be a number in (0, 1), got 1"],
  ])("refuses %o", (options, message) => {
    expect(() => new RationalQuadraticSpline(options)).toThrow(message);
  });
});
