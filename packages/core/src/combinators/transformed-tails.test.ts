import { Affine, type Bijector, Chain, Exp, Invert, Planar, Sigmoid, Softplus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { continuousLaws } from "../../test/distribution-laws.js";
import {
  Exponential,
  Gamma,
  Gumbel,
  klDivergence,
  Laplace,
  Logistic,
  LogNormal,
  MultivariateNormalDiag,
  Normal,
  TransformedDistribution,
  Uniform,
} from "../index.js";

const standard = new Normal({ loc: 0, scale: 1 });

describe("laws of univariate continuous distributions", () => {
  const of = (distribution: Normal | Logistic | Exponential, bijector: Bijector) => () =>
    new TransformedDistribution({ distribution, bijector });
  describe("a logit-normal", () => {
    continuousLaws(of(standard, new Sigmoid()), { low: 0, high: 1 });
  });
  describe("softplus of a normal", () => {
    continuousLaws(of(standard, new Softplus()), { low: 0, high: 8 });
  });
  describe("a falling map: -2 x + 1 of an exponential", () => {
    continuousLaws(of(new Exponential({ rate: 1 }), new Affine({ shift: 1, scale: -2 })), { low: -25, high: 1 });
  });
  describe("3 - exp(2 x) of a normal, by a chain", () => {
    const bijector = new Chain([new Affine({ shift: 3, scale: -1 }), new Exp(), new Affine({ scale: 0.3 })]);
    continuousLaws(of(standard, bijector), { low: -3, high: 3 });
  });
  describe("the logarithm of a gamma variable", () => {
    continuousLaws(
      () =>
        new TransformedDistribution({ distribution: new Gamma({ concentration: 3 }), bijector: new Invert(new Exp()) }),
      { low: -5, high: 4 },
    );
  });
});

describe("log-densities outside of the image, and their limits at its ends", () => {
  const log = (distribution: Normal | Logistic | Laplace | Gumbel, bijector: Bijector, y: number) =>
    new TransformedDistribution({ distribution, bijector }).logProb(y).dataSync()[0];

  test.each([
    ["Exp", new Exp(), [-1, 0, Infinity]],
    ["Softplus", new Softplus(), [-1, 0, Infinity]],
    ["Sigmoid", new Sigmoid(), [-0.5, 0, 1, 1.5]],
    ["2 Sigmoid - 1", new Chain([new Affine({ shift: -1, scale: 2 }), new Sigmoid()]), [-2, -1, 1, 2]],
  ] as const)("of a normal under %s it is -Infinity", (_, bijector, places) => {
    for (const y of places) expect(log(standard, bijector, y), `${y}`).toBe(-Infinity);
    expect(log(standard, bijector, Number.NaN)).toBeNaN();
  });

  test("of a log-logistic at 0 it is that of the power x^(1 / scale - 1): scipy's fisk", () => {
    const at0 = (scale: number, loc = 0) => log(new Logistic({ loc, scale }), new Exp(), 0);
    expect(at0(0.5)).toBe(-Infinity);
    expect(at0(1)).toBeCloseTo(0, 5);
    expect(at0(1, 0.7)).toBeCloseTo(-0.7, 4);
    expect(at0(2)).toBe(Infinity);
  });

  test("of a logistic under Sigmoid: uniform at scale 1, also at its ends", () => {
    const uniform = new TransformedDistribution({
      distribution: new Logistic({ loc: 0, scale: 1 }),
      bijector: new Sigmoid(),
    });
    expect(uniform.logProb([-0.1, 0, 0.3, 1, 1.1])).toBeAllClose([-Infinity, 0, 0, 0, -Infinity], { atol: 1e-5 });
    expect(log(new Logistic({ loc: 0, scale: 3 }), new Sigmoid(), 1)).toBe(Infinity);
    expect(log(new Laplace({ loc: 0, scale: 0.5 }), new Sigmoid(), 1)).toBe(-Infinity);
  });

  test("gradients there are 0, and finite elsewhere in the same batch", () => {
    const y = tf.tensor1d([-1, 0, 2]);
    const [dY, dLoc] = tf.grads(((y: tf.Tensor, loc: tf.Tensor) =>
      new TransformedDistribution({ distribution: new Normal({ loc, scale: 1 }), bijector: new Exp() }).logProb(
        y,
      )) as never)([y, tf.scalar(0)]) as [tf.Tensor, tf.Tensor];
    // -(log y) / y - 1 / y and log y.
    expect(dY).toBeAllClose([0, 0, -(Math.LN2 + 1) / 2], { rtol: 1e-5 });
    expect(dLoc).toBeAllClose(Math.LN2, { rtol: 1e-5 });
  });

  test("one coordinate outside makes a vector impossible", () => {
    const vector = new TransformedDistribution({
      distribution: new MultivariateNormalDiag({ loc: [0, 0], scaleDiag: [1, 2] }),
      bijector: new Exp(),
    });
    expect(
      vector.logProb([
        [1, 1],
        [1, 0],
        [-1, 1],
      ]),
    ).toBeAllClose([-Math.log(2 * Math.PI) - Math.LN2, -Infinity, -Infinity], { rtol: 1e-6 });
  });
});

test("tails outside of the image are 0 and 1, and quantiles reach its ends", () => {
  const logitNormal = new TransformedDistribution({ distribution: standard, bijector: new Sigmoid() });
  expect(logitNormal.cdf([-1, 0, 0.5, 1, 2])).toBeAllClose([0, 0, 0.5, 1, 1]);
  expect(logitNormal.survivalFunction([-1, 0, 0.5, 1, 2])).toBeAllClose([1, 1, 0.5, 0, 0]);
  expect(logitNormal.quantile([0, 0.5, 1])).toBeAllClose([0, 0.5, 1]);
  const falling = new TransformedDistribution({
    distribution: new Exponential({ rate: 1 }),
    bijector: new Affine({ scale: -1 }),
  });
  expect(falling.cdf([-Math.LN2, 0, 1])).toBeAllClose([0.5, 1, 1]);
  expect(falling.logCdf(-200)).toBeAllClose(-200);
  expect(falling.quantile([0, 0.25, 1])).toBeAllClose([-Infinity, -Math.log(4), 0], { atol: 1e-7 });
  const slope = tf.grad((y: tf.Tensor) => logitNormal.cdf(y))(tf.tensor1d([0, 1, -1]));
  expect(slope).toBeAllClose([0, 0, 0]);
});

describe("moments", () => {
  test("follow affine maps, whose batch may differ in direction", () => {
    const scaled = new TransformedDistribution({
      distribution: new Gumbel({ loc: [1, 1], scale: 2 }),
      bijector: new Affine({ shift: 3, scale: tf.tensor1d([-0.5, 4]) }),
    });
    const inner = new Gumbel({ loc: 1, scale: 2 });
    const [mean, variance, entropy] = [inner.mean(), inner.variance(), inner.entropy()].map((x) => x.dataSync()[0]!);
    expect(scaled.mean()).toBeAllClose([3 - 0.5 * mean!, 3 + 4 * mean!], { rtol: 1e-6 });
    expect(scaled.variance()).toBeAllClose([0.25 * variance!, 16 * variance!], { rtol: 1e-6 });
    expect(scaled.stddev()).toBeAllClose([0.5 * Math.sqrt(variance!), 4 * Math.sqrt(variance!)], { rtol: 1e-6 });
    expect(scaled.mode()).toBeAllClose([2.5, 7]);
    expect(scaled.entropy()).toBeAllClose([entropy! - Math.LN2, entropy! + Math.log(4)], { rtol: 1e-6 });
    expect(scaled.cdf(3)).toBeAllClose([inner.survivalFunction(0).dataSync()[0]!, inner.cdf(0).dataSync()[0]!], {
      rtol: 1e-6,
    });
  });

  test("of an affine map of a log-normal, by a chain", () => {
    const chain = new TransformedDistribution({
      distribution: new Normal({ loc: 0.3, scale: 0.4 }),
      bijector: new Chain([new Affine({ shift: -1, scale: 2 }), new Exp()]),
    });
    const inner = new LogNormal({ loc: 0.3, scale: 0.4 });
    expect(chain.mean()).toBeAllClose(tf.sub(tf.mul(2, inner.mean()), 1), { rtol: 1e-6 });
    expect(chain.entropy()).toBeAllClose(tf.add(inner.entropy(), Math.LN2), { rtol: 1e-6 });
    expect(chain.mode()).toBeAllClose(tf.sub(tf.mul(2, inner.mode()), 1), { rtol: 1e-6 });
    expect(chain.stddev()).toBeAllClose(tf.mul(2, inner.stddev()), { rtol: 1e-6 });
  });

  test("standard deviations hold where the variance leaves float32", () => {
    const scaled = new TransformedDistribution({
      distribution: standard,
      bijector: new Affine({ scale: tf.scalar(-1e25) }),
    });
    expect(scaled.stddev()).toBeAllClose(1e25, { rtol: 1e-6 });
    // mpmath: exp(loc + scale^2 / 2) sqrt(expm1(scale^2)) at (40, 3).
    expect(new LogNormal({ loc: 40, scale: 3 }).stddev()).toBeAllClose(1.9072288762303509e21, { rtol: 1e-5 });
  });

  test("what has no closed form says so", () => {
    const logitNormal = new TransformedDistribution({ distribution: standard, bijector: new Sigmoid() });
    for (const call of [() => logitNormal.mean(), () => logitNormal.variance(), () => logitNormal.entropy()]) {
      expect(call).toThrow("has no closed form; estimate it by");
    }
    const planar = new TransformedDistribution({
      distribution: new MultivariateNormalDiag({ loc: [0, 0], scaleDiag: [1, 1] }),
      bijector: new Planar({ u: [1, 0], w: [0, 1], b: 0 }),
    });
    expect(() => planar.mean()).toThrow("TransformedDistribution.mean: has no closed form");
    expect(() => planar.cdf([0, 0])).toThrow("TransformedDistribution.cdf: has no closed form");
    expect(() => planar.quantile([0.5, 0.5])).toThrow("TransformedDistribution.quantile: has no closed form");
  });
});

test("LogNormal is Exp of Normal, and diverges from it by nothing; its errors bear its name", () => {
  const options = { loc: [0, 1], scale: 0.5 };
  const named = new LogNormal(options);
  const wrapped = new TransformedDistribution({ distribution: new Normal(options), bijector: new Exp() });
  expect(klDivergence(named, wrapped)).toBeAllClose([0, 0], { atol: 1e-7 });
  expect(named.logProb(2)).toBeAllClose(wrapped.logProb(2));
  expect(named.support.description).toBe("[0, Infinity)");
  expect(() => new LogNormal({ loc: 0, scale: 0 })).toThrow("LogNormal: scale must be a finite number > 0, got 0");
  expect(() => klDivergence(named, new Uniform())).toThrow("(LogNormal, Uniform)");
});
