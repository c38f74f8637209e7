import { Affine, Chain, Exp, Planar, Sigmoid, SoftmaxPlusPlus, Softplus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { continuousLaws, distributionLaws } from "../../test/distribution-laws.js";
import { Beta } from "../distributions/beta.js";
import { Logistic } from "../distributions/logistic.js";
import { Normal } from "../distributions/normal.js";
import { createRng } from "../random/create-rng.js";
import { Independent } from "./independent.js";
import { TransformedDistribution } from "./transformed-distribution.js";

const vector = (loc: tf.Tensor | tf.TensorLike, scale: tf.Tensor | tf.TensorLike) =>
  new Independent(new Normal({ loc, scale }), 1);

describe("log-normal, batch of [3]", () => {
  distributionLaws(
    () =>
      new TransformedDistribution({
        distribution: new Normal({ loc: [0, 0.5, -1], scale: [1, 0.3, 0.7] }),
        bijector: new Exp(),
      }),
  );
});

describe("a logistic through an affine map and the sigmoid", () => {
  const build = () =>
    new TransformedDistribution({
      distribution: new Logistic({ loc: 0.5, scale: 0.7 }),
      bijector: new Chain([new Sigmoid(), new Affine({ shift: -0.2, scale: 0.8 })]),
    });
  distributionLaws(build);
  continuousLaws(build, { low: 1e-5, high: 1 - 1e-5 });
});

describe("a Gaussian vector onto the simplex, batch of [2]", () => {
  distributionLaws(
    () =>
      new TransformedDistribution({
        distribution: vector(
          [
            [0.3, -1],
            [2, 1],
          ],
          0.8,
        ),
        bijector: new SoftmaxPlusPlus({ temperature: 0.9 }),
      }),
  );
});

test("log-normal densities, float64: log N(log y) - log y", () => {
  const distribution = new TransformedDistribution({
    distribution: new Normal({ loc: 0.5, scale: 2 }),
    bijector: new Exp(),
  });
  const y = [1e-20, 0.01, 1, 3.5, 1e15].map(Math.fround);
  const expected = y.map((y) => {
    const x = Math.log(y);
    return -((x - 0.5) ** 2) / 8 - Math.log(2) - Math.log(2 * Math.PI) / 2 - x;
  });
  expect(distribution.logProb(y)).toBeAllClose(expected, { rtol: 2e-6 });
});

test("event axes that the bijector counts as batch are summed", () => {
  const loc = [0.1, 0.2, 0.3];
  const one = new TransformedDistribution({ distribution: vector(loc, 1), bijector: new Exp() });
  const other = new Independent(
    new TransformedDistribution({ distribution: new Normal({ loc, scale: 1 }), bijector: new Exp() }),
    1,
  );
  expect(one.eventShape).toEqual([3]);
  const draw = one.sample(createRng(1), [4]);
  expect(one.logProb(draw)).toBeAllClose(other.logProb(draw));
  expect(one.sampleAndLogProb(createRng(2), [4]).logProb).toBeAllClose(
    other.sampleAndLogProb(createRng(2), [4]).logProb,
  );
});

test("sampleAndLogProb stays right where the sample rounds to a vertex", () => {
  const distribution = new TransformedDistribution({
    distribution: vector([80, -80], 0.5),
    bijector: new SoftmaxPlusPlus({ temperature: 0.01 }),
  });
  const { value, logProb } = distribution.sampleAndLogProb(createRng(1), [100]);
  expect(tf.max(value, -1)).toBeAllClose(new Array(100).fill(1), { rtol: 0, atol: 0 });
  expect(Array.from(logProb.dataSync()).every(Number.isFinite)).toBe(true);
});

test("stickTheLanding through a trainable bijector keeps the path through its parameters", () => {
  const scale = tf.variable(tf.scalar(1.5));
  const build = () =>
    new TransformedDistribution({
      distribution: new Normal({ loc: 0.2, scale: 0.6 }),
      bijector: new Affine({ shift: 1, scale }),
    });
  const rng = () => createRng(6);
  const sample = build().sample(rng(), [1]);
  const slope = tf
    .grad((y: tf.Tensor) => build().logProb(y))(sample)
    .dataSync()[0]!;
  const x = (sample.dataSync()[0]! - 1) / 1.5;
  const { grads } = tf.variableGrads(
    () => tf.sum(build().sampleAndLogProb(rng(), [1], { stickTheLanding: true }).logProb) as tf.Scalar,
    [scale],
  );
  expect(grads[scale.name]!).toBeAllClose(slope * x, { rtol: 1e-4 });
  scale.dispose();
});

test("gradients flow into the parameters of a planar flow", () => {
  const u = tf.tensor1d([0.4, -0.3]);
  const gradient = tf.grad((u: tf.Tensor) => {
    const distribution = new TransformedDistribution({
      distribution: vector([0, 0], 1),
      bijector: new Planar({ u, w: [0.5, 1], b: 0.1 }),
    });
    return tf.sum(distribution.sampleAndLogProb(createRng(1), [5]).logProb);
  })(u);
  expect(Array.from(gradient.dataSync()).every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
});

test("has no mean of its own, and says what to do", () => {
  const distribution = new TransformedDistribution({
    distribution: new Normal({ loc: 0, scale: 1 }),
    bijector: new Softplus(),
  });
  expect(() => distribution.mean()).toThrow(
    "TransformedDistribution.mean: has no closed form; estimate it by tf.mean(distribution.sample(rng, [1000]), 0)",
  );
});

test("refuses events of too low a rank, and bijectors with a batch of their own", () => {
  expect(
    () =>
      new TransformedDistribution({
        distribution: new Normal({ loc: [0, 1], scale: 1 }),
        bijector: new SoftmaxPlusPlus({ temperature: 1 }),
      }),
  ).toThrow("wrap it in Independent");
  expect(
    () =>
      new TransformedDistribution({
        distribution: new Normal({ loc: 0, scale: 1 }),
        bijector: new Affine({ shift: [0, 1, 2], scale: 1 }),
      }),
  ).toThrow(
    "TransformedDistribution: the bijector's batch shape [3] must broadcast to that of the distribution, got []",
  );
});

describe("validate of its own", () => {
  const build = (validate: "values" | "shapes") =>
    new TransformedDistribution({ distribution: new Normal({ loc: 0, scale: 1 }), bijector: new Exp(), validate });

  test("'values' refuses what lies outside the image, NaN, and what the distribution of x refuses", () => {
    expect(() => build("values").logProb([1, -2])).toThrow(
      "TransformedDistribution.logProb: a value must lie in the image of Exp, got -2 outside of it",
    );
    expect(() => build("values").logProb(Number.NaN)).toThrow("got NaN outside of it");
    expect(() => build("shapes").logProb([1, -2])).not.toThrow();
    const ofShare = new TransformedDistribution({
      distribution: new Beta({ concentration1: 1, concentration0: 1 }),
      bijector: new Affine({ shift: 1, scale: 2 }),
      validate: "values",
    });
    expect(() => ofShare.logProb(4)).toThrow("TransformedDistribution.logProb: a value must lie in [0, 1], got 1.5");
    expect(ofShare.logProb(2)).toBeAllClose(-Math.LN2, { rtol: 1e-5 });
  });

  test("absent, it is that of the distribution of x", () => {
    const distribution = new Normal({ loc: 0, scale: 1, validate: "values" });
    expect(new TransformedDistribution({ distribution, bijector: new Exp() }).validate).toBe("values");
    expect(() => new TransformedDistribution({ distribution: 3 as never, bijector: new Exp() })).toThrow(
      "TransformedDistribution: distribution must be a distribution, got 3",
    );
  });
});

test("a batch without members", () => {
  for (const shape of [
    [0, 2],
    [3, 0, 2],
  ]) {
    const relaxed = new TransformedDistribution({
      distribution: vector([0, 1], [1, 1]),
      bijector: new SoftmaxPlusPlus({ temperature: 0.5 }),
    });
    const { value, logProb } = relaxed.sampleAndLogProb(createRng(1), shape.slice(0, -1));
    expect(value.shape).toEqual([...shape.slice(0, -1), 3]);
    expect(logProb.shape).toEqual(shape.slice(0, -1));
    expect(relaxed.logProb(value).shape).toEqual(shape.slice(0, -1));
  }
});
