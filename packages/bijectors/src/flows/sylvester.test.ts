import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bijectorLaws, parameterLaws } from "../../test/laws.js";
import { uniforms, uniformTensor } from "../../test/numbers.js";
import { Planar, Sylvester } from "../index.js";

const domain = { size: 3, low: -2, high: 2 };
const given = (seed: number, size: number, units: number, reflections: number, batch: number[] = []) => ({
  reflections: uniformTensor(seed, [...batch, reflections, size], -1, 1),
  outer: uniformTensor(seed + 1, [...batch, units, units], -1.5, 1.5),
  inner: uniformTensor(seed + 2, [...batch, units, units], -1.5, 1.5),
  b: uniformTensor(seed + 3, [...batch, units], -0.5, 0.5),
});

bijectorLaws("Sylvester of all units", new Sylvester(given(1, 2, 2, 1)), { ...domain, size: 2, step: 2 ** -6 });
bijectorLaws("Sylvester of batched parameters", new Sylvester(given(9, 3, 2, 2, [2])), { ...domain, step: 2 ** -6 });
bijectorLaws("Sylvester on the line", new Sylvester(given(13, 1, 1, 1)), { ...domain, size: 1, step: 2 ** -6 });
parameterLaws(
  "Sylvester",
  (reflections, outer, inner, b) =>
    new Sylvester({
      reflections: reflections as tf.Tensor,
      outer: outer as tf.Tensor,
      inner: inner as tf.Tensor,
      b: b as tf.Tensor,
    }),
  [
    [[0.5, -1, 0.8]],
    [
      [0.4, 1.2],
      [0, -0.9],
    ],
    [
      [0.8, -0.5],
      [0, 0.7],
    ],
    [0.2, -0.3],
  ],
  { ...domain, step: 2 ** -6 },
);

describe("Sylvester", () => {
  test("of one unit it is a planar flow", () => {
    // Q = (I - 2 v v^T / |v|^2) e_1, and one tanh of the product of both diagonals.
    const v = [0.6, -0.3, 1];
    const squared = v.reduce((sum, each) => sum + each * each, 0);
    const q = v.map((each, k) => Number(k === 0) - (2 * (v[0] as number) * each) / squared);
    const [outer, inner, b] = [0.7, -1.2, 0.3];
    const w = q.map((each) => Math.tanh(inner) * each);
    const c = Math.tanh(outer) * Math.tanh(inner);
    // softplus(w.u) = 1 + c makes Planar's uHat the direction of w with w.uHat = c.
    const alignment = Math.log(Math.expm1(1 + c));
    const u = w.map((each) => (alignment * each) / Math.tanh(inner) ** 2);
    const x = uniformTensor(17, [50, 3], -3, 3);
    const sylvester = new Sylvester({ reflections: [v], outer: [[outer]], inner: [[inner]], b: [b] }).forwardAndLogDet(
      x,
    );
    const planar = new Planar({ u, w, b }).forwardAndLogDet(x);
    expect(sylvester.value).toBeAllClose(planar.value, { rtol: 1e-5, atol: 1e-5 });
    expect(sylvester.logDet).toBeAllClose(planar.logDet, { rtol: 1e-5, atol: 1e-5 });
  });

  test("is invertible whatever the parameters, near and far", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), (seed, size, count) => {
        tf.tidy(() => {
          const units = 1 + (Math.abs(seed) % size);
          const flow = new Sylvester(given(seed, size, units, count));
          for (const spread of [1, 100]) {
            const x = uniformTensor(seed + 9, [20, size], -spread, spread);
            const { value, logDet } = flow.forwardAndLogDet(x);
            const back = flow.inverseAndLogDet(value);
            expect(back.value).toBeAllClose(x, { rtol: 2e-3, atol: 2e-3 });
            expect(logDet.dataSync().every(Number.isFinite)).toBe(true);
          }
        });
      }),
      { numRuns: 8, seed: 5 },
    );
  });

  test.each([1, 5, 9, 20, 80])(
    "log-determinants are exact where the diagonals' product is near -1: tanh of +-%d",
    (p) => {
      const flow = new Sylvester({ reflections: [[1, 1]], outer: [[p]], inner: [[-p]] });
      for (const a of [0, 0.01, 1, -3]) {
        // R~ Q^T x = a at x = Q a / tanh(-p); Q = e_1 - (1, 1).
        const unit = a / Math.tanh(-p);
        const x = [0, -unit].map(Math.fround);
        const activation = Math.tanh(-p) * -(x[1] as number);
        const [tanhSquared, sechSquared] = [Math.tanh(activation) ** 2, Math.cosh(activation) ** -2];
        // 1 - tanh^2 p = 1 / cosh^2 p.
        const logCosh = p + Math.log1p(Math.exp(-2 * p)) - Math.LN2;
        const expected = a === 0 ? -2 * logCosh : Math.log(tanhSquared + sechSquared * Math.exp(-2 * logCosh));
        expect(flow.forwardLogDetJacobian(x)).toBeAllClose(expected, { rtol: 3e-6, atol: 3e-6 });
      }
    },
  );

  test("entries below the diagonals have no effect", () => {
    const { reflections, b } = given(21, 3, 2, 2);
    const x = uniforms(22, 3, -1, 1);
    const at = (below: number) =>
      new Sylvester({
        reflections,
        b,
        outer: [
          [1, 0.5],
          [below, -1],
        ],
        inner: [
          [0.4, 2],
          [below, 1],
        ],
      }).forward(x);
    expect(at(0)).toBeAllClose(at(7), { rtol: 0, atol: 0 });
  });

  test.each([
    [
      { reflections: [1, 2], outer: [[1]], inner: [[1]] },
      "Sylvester: reflections must be of shape [..., H, D], outer and inner [..., M, M], b [..., M], 1 <= M <= D, H >= 1, got [2], [1,1], [1,1] and []",
    ],
    [
      {
        reflections: [[1]],
        outer: [
          [1, 0],
          [0, 1],
        ],
        inner: [
          [1, 0],
          [0, 1],
        ],
      },
      "1 <= M <= D",
    ],
    [
      {
        reflections: [[1, 1]],
        outer: [[1]],
        inner: [
          [1, 0],
          [0, 1],
        ],
      },
      "outer and inner [..., M, M]",
    ],
    [
      { reflections: [[0, 0]], outer: [[1]], inner: [[1]] },
      "Sylvester: reflections must be a vector of finite numbers, not all 0",
    ],
  ])("refuses %o", (options, message) => {
    expect(() => new Sylvester(options)).toThrow(message);
  });

  test("refuses events of another size", () => {
    expect(() => new Sylvester({ reflections: [[1, 1]], outer: [[1]], inner: [[1]] }).forward([1])).toThrow(
      "Sylvester.forward: x needs 2 coordinates on its last axis, as many as the reflections, got shape [1]",
    );
  });
});
