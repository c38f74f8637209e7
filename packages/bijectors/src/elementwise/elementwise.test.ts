import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bijectorLaws, parameterLaws } from "../../test/laws.js";
import { Affine, Exp, Invert, Sigmoid, Softplus } from "../index.js";

bijectorLaws("Sigmoid", new Sigmoid(), { size: 3, low: -4, high: 4, tolerance: 1e-3 });
bijectorLaws("Exp", new Exp(), { size: 3, low: -3, high: 3, step: 2 ** -6 });
bijectorLaws("Softplus", new Softplus(), { size: 3, low: -4, high: 4 });
bijectorLaws("Invert(Exp)", new Invert(new Exp()), { size: 3, low: 0.5, high: 4 });
bijectorLaws("Affine without parameters", new Affine(), { size: 3, low: -4, high: 4 });
bijectorLaws("Affine", new Affine({ shift: [1, 2, 3], scale: [[-2], [0.5]] }), { size: 3, low: -4, high: 4 });
parameterLaws(
  "Affine",
  (shift, scale) => new Affine({ shift, scale }),
  [
    [0.3, -1],
    [1.5, -2],
  ],
  { size: 2, low: -1, high: 1 },
);

test("Affine is scale * x + shift, and broadcasts its log-determinant with the parameters", () => {
  const { value, logDet } = new Affine({ shift: 1, scale: [2, -3] }).forwardAndLogDet([[1], [2]]);
  expect(value).toBeAllClose(
    tf.tensor2d([
      [3, -2],
      [5, -5],
    ]),
  );
  expect(logDet).toBeAllClose(
    tf.tensor2d([
      [Math.log(2), Math.log(3)],
      [Math.log(2), Math.log(3)],
    ]),
  );
});

test("Affine takes a number where it takes a tensor: log-determinants have the input's shape", () => {
  expect(new Affine({ scale: 3 }).forwardLogDetJacobian(tf.zeros([2, 2]))).toBeAllClose(tf.fill([2, 2], Math.log(3)));
});

test.each([
  [{ scale: 0 }, "Affine: scale must be a finite number other than 0, got 0"],
  [{ scale: [1, 0] }, "Affine: scale must be a finite number other than 0, got 0 at index 1"],
  [{ shift: Number.POSITIVE_INFINITY }, "Affine: shift must be a finite number, got Infinity"],
  [{ shift: [1, 2], scale: [1, 2, 3] }, "Affine: shapes must broadcast against each other, got shift [2], scale [3]"],
])("Affine refuses %o", (options, message) => {
  expect(() => new Affine(options)).toThrow(new RangeError(message));
});

// Float64 of log-determinants and inverses at the edges of float32.
const edges = [-1e4, -104, -90, -30, -16, -1, -1e-3, 0, 1e-3, 1, 16, 17.5, 30, 90, 1e4];
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

test.each(edges)("log-determinants of Sigmoid, Softplus and Exp are exact at %d, gradients finite", (edge) => {
  const x = tf.scalar(edge);
  const exact = Math.fround(edge);
  expect(new Sigmoid().forwardLogDetJacobian(x)).toBeAllClose(-softplus(exact) - softplus(-exact), { rtol: 1e-6 });
  // TensorFlow flushes numbers below the smallest normal one to 0.
  const flushed = tf.getBackend() === "tensorflow" ? 2 ** -126 : 0;
  expect(new Softplus().forwardLogDetJacobian(x)).toBeAllClose(-softplus(-exact), { rtol: 1e-6, atol: flushed });
  expect(new Exp().forwardLogDetJacobian(x)).toBeAllClose(exact, { rtol: 0, atol: 0 });
  for (const bijector of [new Sigmoid(), new Softplus()]) {
    expect(
      Number.isFinite(
        tf
          .grad((v) => bijector.forwardLogDetJacobian(v))(x)
          .dataSync()[0],
      ),
    ).toBe(true);
    expect(
      Number.isFinite(
        tf
          .grad((v) => bijector.forward(v))(x)
          .dataSync()[0],
      ),
    ).toBe(true);
  }
});

test.each([1e-30, 1e-6, 1e-3, 0.1, 1, 10, 50, 1e4])(
  "Softplus.inverse(%d) and its log-determinant lose nothing",
  (given) => {
    const y = Math.fround(given);
    const { value, logDet } = new Softplus().inverseAndLogDet(given);
    expect(value).toBeAllClose(y + Math.log(-Math.expm1(-y)), { rtol: 1e-6, atol: 1e-7 });
    expect(logDet).toBeAllClose(-Math.log(-Math.expm1(-y)), { rtol: 1e-6, atol: 1e-7 });
  },
);

describe("validate: 'values' refuses what the maps cannot reach", () => {
  const options = { validate: "values" } as const;
  test.each([
    [() => new Sigmoid(options).inverse([0.5, 1]), "Sigmoid.inverse: y needs values in (0, 1), got 1 at index 1"],
    [() => new Exp(options).inverse([-1]), "Exp.inverse: y needs values > 0, got -1 at index 0"],
    [
      () => new Softplus(options).inverseLogDetJacobian([0]),
      "Softplus.inverseLogDetJacobian: y needs values > 0, got 0 at index 0",
    ],
    [() => new Invert(new Exp(options)).forward([Number.NaN]), "Exp.inverse: y needs values > 0, got NaN at index 0"],
  ])("%#", (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });

  test("and NaN stays NaN where nothing is checked", () => {
    expect(new Exp().inverse([-1]).dataSync()[0]).toBeNaN();
    expect(new Exp({ validate: false }).forward([Number.NaN]).dataSync()[0]).toBeNaN();
  });
});
