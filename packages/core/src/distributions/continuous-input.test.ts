import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Beta, Dirichlet, Gamma, Kumaraswamy, MultivariateNormalTriL, Uniform } from "../index.js";

describe("bad input", () => {
  test.each([
    [
      () => new Beta({ concentration1: 0, concentration0: 1 }),
      "Beta: concentration1 must be a finite number > 0, got 0",
    ],
    [() => new Gamma({ concentration: 1, rate: -1 }), "Gamma: rate must be a finite number > 0, got -1"],
    [() => new Kumaraswamy({ concentration1: 1 } as never), "Kumaraswamy: concentration0 is missing"],
    [() => new Uniform({ low: [0, 2], high: 1 }), "Uniform: high must be > low, got low 2 and high 1"],
    [() => new Uniform({ low: tf.scalar(3), validate: "values" }), "Uniform: high must be > low, got low 3 and high 1"],
    [
      () => new Dirichlet({ concentration: [1] }),
      "Dirichlet: concentration needs at least 2 categories on its last axis, got shape [1]",
    ],
    [
      () =>
        new MultivariateNormalTriL({
          loc: [0, 0],
          scaleTril: [
            [1, 0.5],
            [0, 1],
          ],
        }),
      "MultivariateNormalTriL: scaleTril must be finite lower triangular matrices with a diagonal > 0, got 0.5 in row 0, column 1",
    ],
    [
      () =>
        new MultivariateNormalTriL({
          loc: [0, 0],
          scaleTril: [
            [1, 0],
            [0, 0],
          ],
        }),
      "MultivariateNormalTriL: scaleTril must be finite lower triangular matrices with a diagonal > 0, got 0 in row 1, column 1",
    ],
    [
      () => new MultivariateNormalTriL({ loc: [0, 0], scaleTril: [1, 2] }),
      "MultivariateNormalTriL: scaleTril must be square matrices on its last two axes, got shape [2]",
    ],
    [
      () =>
        new MultivariateNormalTriL({
          loc: [0, 0, 0],
          scaleTril: [
            [1, 0],
            [0, 1],
          ],
        }),
      "MultivariateNormalTriL: shapes must broadcast against each other, got loc [3], scaleTril without its last axis [2]",
    ],
    [
      () => new Beta({ concentration1: 1, concentration0: 1, validate: "values" }).logProb(1.5),
      "Beta.logProb: a value must lie in [0, 1], got 1.5",
    ],
    [
      () => new Gamma({ concentration: 1, validate: "values" }).logProb(-1),
      "Gamma.logProb: a value must lie in [0, Infinity], got -1",
    ],
    [
      () => new Dirichlet({ concentration: [1, 1], validate: "values" }).logProb([0.5, 0.6]),
      "Dirichlet.logProb: the coordinates must sum to 1",
    ],
    [() => new Dirichlet({ concentration: [1, 1] }).quantile(0.5), "Dirichlet.quantile: has no closed form"],
  ])("%#", (build, message) => {
    expect(build).toThrow(message);
  });
});
