import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planar64, radial64 } from "../../test/float64.js";
import { bijectorLaws, parameterLaws } from "../../test/laws.js";
import { uniforms } from "../../test/numbers.js";
import { Planar, Radial } from "../index.js";

const domain = { size: 3, low: -2, high: 2 };
const u = [0.7, -1.2, 0.4];
const w = [0.5, 1.1, -0.8];

bijectorLaws("Planar with w.u < 0", new Planar({ u, w, b: 0.2 }), domain);
bijectorLaws("Planar with w.u > 0", new Planar({ u: u.map((each) => -each), w, b: -0.2 }), domain);
bijectorLaws("Planar of batched parameters", new Planar({ u: [[u], [w]], w: [w, u], b: [0.1, 0.2] }), domain);
bijectorLaws("Planar on the line", new Planar({ u: [1], w: [-0.5] }), { ...domain, size: 1 });
parameterLaws("Planar", (u, w, b) => new Planar({ u, w, b }), [u, w, [0.2]], { ...domain, step: 2 ** -6 });

bijectorLaws("Radial that contracts", new Radial({ center: [0.5, -0.3, 0.1], alpha: 0.5, beta: -0.5 }), domain);
bijectorLaws("Radial that expands", new Radial({ center: [0.5, -0.3, 0.1], alpha: -1, beta: 2 }), {
  ...domain,
  low: 1,
  high: 3,
});
bijectorLaws(
  "Radial of batched parameters",
  new Radial({ center: [[[1, 1, 1]], [[3, 2, 1]]], alpha: [0.2, 0.4], beta: 1 }),
  {
    ...domain,
    low: 4,
    high: 6,
  },
);
bijectorLaws("Radial on the line", new Radial({ center: [0], alpha: 0, beta: 1 }), {
  ...domain,
  size: 1,
  low: 1,
  high: 3,
});
parameterLaws("Radial", (center, alpha, beta) => new Radial({ center, alpha, beta }), [[0.5, -0.3, 0.1], [0.3], [1]], {
  ...domain,
  low: 1,
  high: 3,
});

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, each, k) => sum + each * (b[k] as number), 0);

describe("Planar", () => {
  test.each([-1e4, -200, -100, -40, -30, -17, -5, 0, 5, 40, 1e4])("is exact in float32 for w.u = %d", (alignment) => {
    const normal = [1, 1].map(Math.fround);
    const direction = [alignment, 0];
    const flow = new Planar({ u: direction, w: normal, b: 0 });
    for (const a of [0, 1e-20, 1e-3, -0.4, 3, 12, 100, -1e4]) {
      const x = [Math.fround(a), 0];
      const expected = planar64(x, direction, normal, 0);
      const { value, logDet } = flow.forwardAndLogDet(x);
      const size = Math.abs(a) + Math.abs(alignment) + 1;
      expect(value).toBeAllClose(expected.y, { rtol: 0, atol: 1e-6 * size });
      expect(logDet).toBeAllClose(expected.logDet, { rtol: 1e-6, atol: 2e-6 });
      const slope = tf.grad((each) => flow.forwardLogDetJacobian(each))(tf.tensor1d(x));
      expect(slope.dataSync().every(Number.isFinite)).toBe(true);
    }
  });

  test("the constrained direction keeps w.uHat above -1, whatever u", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (seed, size) => {
        const numbers = uniforms(seed, 2 * size, -5, 5);
        const [direction, normal] = [numbers.slice(0, size), numbers.slice(size)];
        // Far out on w's side tanh is 1 and the displacement is uHat itself.
        const far = normal.map((each) => (20 * each) / dot(normal, normal));
        const moved = new Planar({ u: direction, w: normal }).forward(far).dataSync<"float32">();
        const displacement = far.map((each, k) => (moved[k] as number) - each);
        expect(dot(normal, displacement)).toBeGreaterThan(-1 - 1e-3);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test.each([-12, -3, 0, 3, 200])("the root search finds the pre-image for w.u = %d, near and far", (alignment) => {
    const flow = new Planar({ u: [alignment, 1], w: [1, 0], b: 0.5 });
    for (const a of [-300, -5, -0.6, -0.5, 0, 1e-2, 2, 40]) {
      const y = planar64([a, 1], [alignment, 1], [1, 0], 0.5).y;
      const slope = Math.exp(planar64([a, 1], [alignment, 1], [1, 0], 0.5).logDet);
      const rounding = (1e-6 * (Math.abs(a) + Math.abs(alignment) + 1)) / slope;
      expect(flow.inverse(y)).toBeAllClose([a, 1], { rtol: 1e-5, atol: 1e-5 + 3 * rounding });
    }
  });

  test("w = 0 is refused: as numbers at once, as a tensor under 'values'", () => {
    expect(() => new Planar({ u: [1, 2], w: [0, 0] })).toThrow(
      new RangeError("Planar: w must be a vector of finite numbers, not all 0, on its last axis, got [0,0]"),
    );
    expect(
      () =>
        new Planar({
          u: [1, 2],
          w: [
            [1, 0],
            [0, 0],
          ],
        }),
    ).toThrow("Planar: w must be a vector");
    const w = tf.zeros([2]);
    expect(() => new Planar({ u: [1, 2], w, validate: "values" }).forward([1, 2])).toThrow(
      "Planar: w must be a vector",
    );
  });

  test.each([
    [{ u: [1, 2], w: [1, 2, 3] }, "Planar: u and w must be of shape [..., D] with one D >= 1, got [2] and [3]"],
    [{ u: 1, w: 1 }, "Planar: u and w must be of shape [..., D] with one D >= 1, got [] and []"],
    [
      { u: [[1], [2]], w: [1], b: [1, 2, 3] },
      "Planar: shapes must broadcast against each other, got u without its last axis [2], w without its last axis [], b [3]",
    ],
    [{ u: [Number.NaN], w: [1] }, "Planar: u must be a finite number, got NaN"],
  ])("refuses %o", (options, message) => {
    expect(() => new Planar(options)).toThrow(new RangeError(message));
  });

  test("refuses events of another size", () => {
    expect(() => new Planar({ u: [1, 2], w: [1, 2] }).forward([1])).toThrow(
      "Planar.forward: x needs 2 coordinates on its last axis, as many as u and w, got shape [1]",
    );
  });
});

describe("Radial", () => {
  test.each([
    [-40, 3],
    [0, -40],
    [3, 3],
    [50, -50],
    [-5, 60],
  ])("is exact in float32 for alpha = %d, beta = %d", (alpha, beta) => {
    const center = [1, -1, 0.5];
    const flow = new Radial({ center, alpha, beta });
    for (const distance of [1e-6, 1e-3, 0.5, 10, 1e4]) {
      const x = [1 + distance, -1, 0.5].map(Math.fround);
      const expected = radial64(x, center, alpha, beta);
      const { value, logDet } = flow.forwardAndLogDet(x);
      expect(value).toBeAllClose(expected.y, { rtol: 1e-6, atol: 1e-6 });
      expect(logDet).toBeAllClose(expected.logDet, { rtol: 2e-6, atol: 2e-6 * expected.terms });
    }
  });

  test("the center is an ordinary point", () => {
    const flow = new Radial({ center: [1, 2], alpha: 0, beta: 1 });
    const x = tf.tensor1d([1, 2]);
    expect(flow.forward(x)).toBeAllClose(x);
    expect(flow.inverse(x)).toBeAllClose(x);
    const slope = tf.grad((each) => tf.sum(flow.forward(each)))(x);
    const stretch = Math.log1p(Math.E) / Math.LN2;
    expect(slope).toBeAllClose([stretch, stretch]);
    expect(
      tf
        .grad((each) => flow.forwardLogDetJacobian(each))(x)
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
    expect(
      tf
        .grad((each) => tf.sum(flow.inverse(each)))(x)
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
  });

  test.each([-200, -20, 20, 200])("the center is one where alpha or beta is %d, too", (raw) => {
    const softplus = (v: number) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
    const least = (v: number) => Math.max(softplus(v), 1e-18);
    for (const [alpha, beta] of [
      [raw, raw],
      [raw, 0],
      [0, raw],
    ] as const) {
      const flow = new Radial({ center: [1, 2], alpha, beta });
      const center = tf.tensor1d([1, 2]);
      const { value, grad } = tf.valueAndGrad((each) => flow.forwardLogDetJacobian(each))(center);
      // At the center both directions are stretched by strength / alphaHat.
      expect(value).toBeAllClose(2 * Math.log(least(beta) / least(alpha)), { rtol: 1e-5, atol: 1e-5 });
      expect(grad.dataSync().every(Number.isFinite)).toBe(true);
      expect(flow.inverse(center)).toBeAllClose(center);
    }
  });

  test("equal alpha and beta make the identity", () => {
    const { value, logDet } = new Radial({ center: [1, 2], alpha: 0.7, beta: 0.7 }).forwardAndLogDet([3, 4]);
    expect(value).toBeAllClose([3, 4]);
    expect(logDet).toBeAllClose(0);
  });

  test.each([
    [{ center: 1, alpha: 0, beta: 0 }, "Radial: center must be of shape [..., D] with D >= 1, got []"],
    [{ center: [1], alpha: Number.NaN, beta: 0 }, "Radial: alpha must be a finite number, got NaN"],
    [
      { center: [1], alpha: [1, 2], beta: [1, 2, 3] },
      "Radial: shapes must broadcast against each other, got center without its last axis [], alpha [2], beta [3]",
    ],
  ])("refuses %o", (options, message) => {
    expect(() => new Radial(options)).toThrow(new RangeError(message));
  });
});
