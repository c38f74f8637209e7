import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  Beta,
  createRng,
  Dirichlet,
  Gamma,
  Gumbel,
  Kumaraswamy,
  Laplace,
  Logistic,
  Normal,
  Uniform,
} from "../index.js";

describe("ends of the support", () => {
  test("limits, -Infinity outside, NaN stays NaN", () => {
    const beta = new Beta({ concentration1: [0.5, 1, 2], concentration0: [2, 1, 0.5] });
    expect(beta.logProb([0, 0, 0])).toBeAllClose([Infinity, 0, -Infinity], { atol: 1e-4 });
    expect(beta.logProb([1, 1, 1])).toBeAllClose([-Infinity, 0, Infinity], { atol: 1e-4 });
    expect(beta.logProb([-0.1, 1.1, -1])).toBeAllClose([-Infinity, -Infinity, -Infinity]);
    expect(beta.cdf([[0], [1], [-3], [5]])).toBeAllClose(
      [
        [0, 0, 0],
        [1, 1, 1],
        [0, 0, 0],
        [1, 1, 1],
      ].flat(),
    );
    const gamma = new Gamma({ concentration: [0.5, 1, 2] });
    expect(gamma.logProb(0)).toBeAllClose([Infinity, 0, -Infinity], { atol: 1e-4 });
    expect(gamma.logProb(-1)).toBeAllClose([-Infinity, -Infinity, -Infinity]);
    expect(gamma.cdf([[0], [Infinity]])).toBeAllClose([0, 0, 0, 1, 1, 1]);
    expect(new Uniform().logProb([0, 1, 1.1, -0.1])).toBeAllClose([0, 0, -Infinity, -Infinity]);
    expect(
      new Dirichlet({ concentration: [2, 1, 0.5] }).logProb([
        [0, 0.5, 0.5],
        [0.5, 0.5, 0],
      ]),
    ).toBeAllClose([-Infinity, Infinity]);
    for (const distribution of [
      beta,
      gamma,
      new Uniform(),
      new Kumaraswamy({ concentration1: 2, concentration0: 3 }),
      new Laplace({ loc: 0, scale: 1 }),
    ]) {
      for (const method of ["logProb", "cdf", "logCdf", "logSurvival"] as const) {
        expect(tf.all(tf.isNaN(distribution[method](Number.NaN))).dataSync()[0], `${distribution.name}.${method}`).toBe(
          1,
        );
      }
    }
  });

  test("at infinite arguments tails and densities are their limits", () => {
    const everything = [-Infinity, Infinity];
    for (const distribution of [
      new Normal({ loc: 1, scale: 2 }),
      new Laplace({ loc: 1, scale: 2 }),
      new Logistic({ loc: 1, scale: 2 }),
      new Gumbel({ loc: 1, scale: 2 }),
      new Gamma({ concentration: 0.5, rate: 3 }),
      new Gamma({ concentration: 1e6, rate: 1e-3 }),
    ]) {
      const { name } = distribution;
      expect([...distribution.logProb(everything).dataSync()], name).toEqual([-Infinity, -Infinity]);
      expect([...distribution.cdf(everything).dataSync()], name).toEqual([0, 1]);
      expect(distribution.logCdf(everything), name).toBeAllClose([-Infinity, 0]);
      expect(distribution.logSurvival(everything), name).toBeAllClose([0, -Infinity]);
    }
    // rate x overflows where x does not.
    expect(new Gamma({ concentration: 2, rate: 1e3 }).logProb(1e38)).toBeAllClose([-Infinity]);
  });

  test("Gamma far from its mean, where the ratio of the two underflows or overflows", () => {
    expect(new Gamma({ concentration: 0.5 }).logProb(1e38)).toBeAllClose([-1e38], { rtol: 1e-6 });
    const [c, x] = [1e10, 1e-29];
    const logGamma = (c - 0.5) * Math.log(c) - c + Math.log(2 * Math.PI) / 2;
    expect(new Gamma({ concentration: c }).logProb(x)).toBeAllClose([(c - 1) * Math.log(x) - logGamma], { rtol: 1e-6 });
  });

  test("no draws of a scalar batch are an empty tensor", () => {
    for (const distribution of [
      new Beta({ concentration1: 1, concentration0: 2 }),
      new Gamma({ concentration: 2 }),
      new Kumaraswamy({ concentration1: 1, concentration0: 2 }),
      new Dirichlet({ concentration: [1, 2] }),
    ]) {
      const shape = [0, ...distribution.eventShape];
      expect(distribution.sample(createRng(1), [0]).shape, distribution.name).toEqual(shape);
      expect(distribution.sampleAndLogProb(createRng(1), [0]).logProb.shape, distribution.name).toEqual([0]);
    }
  });

  test("draws that round to 0 keep a finite density in sampleAndLogProb", () => {
    for (const distribution of [
      new Gamma({ concentration: 0.005 }),
      new Beta({ concentration1: 0.005, concentration0: 0.005 }),
      new Dirichlet({ concentration: [0.005, 0.005, 0.01] }),
      new Kumaraswamy({ concentration1: 0.005, concentration0: 0.005 }),
    ]) {
      const { value, logProb } = distribution.sampleAndLogProb(createRng(1), [1000]);
      expect(tf.min(value).dataSync()[0], distribution.name).toBe(0);
      expect(tf.all(tf.isFinite(logProb)).dataSync()[0], distribution.name).toBe(1);
    }
    const slope = tf.grad((a: tf.Tensor) =>
      tf.sum(new Dirichlet({ concentration: a }).sampleAndLogProb(createRng(1), [100]).logProb),
    )(tf.tensor1d([0.005, 0.005, 0.01]));
    expect(tf.all(tf.isFinite(slope)).dataSync()[0]).toBe(1);
  });
});
