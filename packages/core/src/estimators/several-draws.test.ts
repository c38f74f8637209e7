import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  enumeratedMoments,
  exactGradient,
  forcedRng,
  outcomes,
  relativeDistance,
  someLogits,
  someLosses,
} from "../../test/enumeration.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { Carms } from "./carms.js";
import { DisArm } from "./disarm.js";
import { DoubleCv } from "./double-cv.js";
import type { GradientEstimator, Loss } from "./gradient-estimator.js";
import { Reinforce } from "./reinforce.js";
import { Rodeo } from "./rodeo.js";
import { Vimco } from "./vimco.js";

type OfCategorical = GradientEstimator<OneHotCategorical>;

/** A RODEO whose function is not that of its start. */
function unfitted(samples: number): Rodeo {
  const estimator = new Rodeo({ samples, hidden: 4, rng: createRng(1) });
  for (const variable of estimator.trainableVariables) {
    variable.assign(tf.add(variable, tf.mul(createRng(2).normal(variable.shape), 0.4)));
  }
  return estimator;
}

const controlled: Record<string, (samples: number) => OfCategorical> = {
  "leave-one-out": (samples) => new Reinforce({ samples, baseline: "leave-one-out" }),
  "double CV": (samples) => new DoubleCv({ samples }),
  "double CV, scale 0.4": (samples) => new DoubleCv({ samples, scale: 0.4 }),
  "RODEO at its start": (samples) => new Rodeo({ samples, rng: createRng(1) }),
  "RODEO with other weights": unfitted,
};

describe.each([
  [1, 2, 3],
  [1, 10, 2],
  [2, 3, 2],
  [3, 2, 2],
  [2, 2, 4],
])("%d variables of %d categories, every tuple of %d draws", (variables, categories, samples) => {
  const logits = someLogits(variables, categories);
  const losses = Object.entries(someLosses(variables, categories));
  test.each(Object.entries(controlled))("%s is unbiased", (_, make) => {
    for (const [, loss] of losses) {
      const estimator = make(samples);
      expect(estimator.isUnbiased).toBe(true);
      const { mean } = enumeratedMoments(estimator, logits, loss);
      expect(relativeDistance(mean, exactGradient(logits, loss))).toBeLessThan(2e-5);
      estimator.dispose();
    }
  });
});

test("double CV has no variance where the loss is linear, and RODEO starts as double CV", () => {
  const logits = someLogits(2, 3);
  const { linear, network } = someLosses(2, 3);
  const start = () => new Rodeo({ samples: 2, rng: createRng(1) });
  expect(enumeratedMoments(new DoubleCv({ samples: 2 }), logits, linear).variance).toBeLessThan(1e-9);
  expect(enumeratedMoments(start(), logits, linear).variance).toBeLessThan(1e-9);
  const [cv, rodeo, plain] = [
    new DoubleCv({ samples: 2 }),
    start(),
    new Reinforce({ samples: 2, baseline: "leave-one-out" }),
  ].map((estimator) => enumeratedMoments(estimator, logits, (z) => network(tf.mul(0.3, z))).variance);
  expect(rodeo!).toBeCloseTo(cv!, 5);
  expect(cv!).toBeLessThan(plain!);
});

test("what a learned control variate receives is the gradient of the mean estimate's squared norm, as finite differences give it", () => {
  const logits = tf.tile(tf.tensor3d([someLogits(2, 3)]), [40, 1, 1]);
  const { network } = someLosses(2, 3);
  const squares = (estimator: OfCategorical) =>
    tf.tidy(() => {
      const gradient = tf.grad((x) =>
        tf.sum(estimator.surrogate(new OneHotCategorical({ logits: x }), network, createRng(3))),
      )(logits);
      return tf.sum(tf.square(gradient)).dataSync()[0]!;
    });
  const scale = tf.variable(tf.scalar(0.4));
  for (const estimator of [new DoubleCv({ samples: 3, scale }), unfitted(3)]) {
    const { grads } = tf.variableGrads(
      () => tf.sum(estimator.surrogate(new OneHotCategorical({ logits }), network, createRng(3))) as tf.Scalar,
      estimator.trainableVariables,
    );
    for (const variable of estimator.trainableVariables) {
      const start = variable.clone();
      const at = (step: number) => {
        variable.assign(tf.add(start, tf.mul(step, tf.onesLike(start)) as tf.Tensor));
        return squares(estimator);
      };
      const slope = (at(0.02) - at(-0.02)) / 0.04;
      variable.assign(start);
      expect(tf.sum(grads[variable.name]!)).toBeAllClose([slope], { rtol: 0.02, atol: 0.05 });
    }
  }
});

test("RODEO learns to lower the variance", () => {
  const logits = someLogits(1, 4);
  const { network } = someLosses(1, 4);
  const estimator = new Rodeo({ samples: 2, rng: createRng(1) });
  const before = enumeratedMoments(estimator, logits, network).variance;
  const optimizer = tf.train.adam(0.02);
  const rng = createRng(4);
  const rows = tf.tile(tf.tensor3d([logits]), [64, 1, 1]);
  for (let step = 0; step < 200; step++) {
    optimizer.minimize(
      () => tf.mean(estimator.surrogate(new OneHotCategorical({ logits: rows }), network, rng)) as tf.Scalar,
      false,
      estimator.trainableVariables,
    );
  }
  const { mean, variance } = enumeratedMoments(estimator, logits, network);
  expect(variance).toBeLessThan(0.7 * before);
  expect(relativeDistance(mean, exactGradient(logits, network))).toBeLessThan(2e-5);
});

test("VIMCO is unbiased for the multi-sample bound: every tuple of draws, the logits inside the loss included", () => {
  const logits = someLogits(2, 2);
  const { network } = someLosses(2, 2);
  const { draws: all } = outcomes(logits);
  const count = all.shape[0];
  const samples = 3;
  const tuples = count ** samples;
  const chosen = Array.from({ length: samples }, (_, sample) =>
    tf.gather(
      all,
      tf.tensor1d(
        Array.from({ length: tuples }, (_, code) => Math.floor(code / count ** sample) % count),
        "int32",
      ),
    ),
  );
  const z = tf.stack(chosen);
  const minusLogWeight = (x: tf.Tensor): Loss => {
    const q = new OneHotCategorical({ logits: x });
    return (z) => tf.sub(tf.sum(q.logProb(z), -1), network(z));
  };
  const rows = tf.tile(tf.tensor3d([logits]), [tuples, 1, 1]);
  const probability = (x: tf.Tensor) => tf.exp(tf.sum(tf.sum(new OneHotCategorical({ logits: x }).logProb(z), -1), 0));
  const bound = (x: tf.Tensor) => tf.sub(tf.logSumExp(tf.neg(minusLogWeight(x)(z)), 0), Math.log(samples));
  const exact = tf.sum(tf.grad((x) => tf.neg(tf.sum(tf.mul(probability(x), bound(x)))))(rows), 0);
  const estimate = (x: tf.Tensor) =>
    new Vimco({ samples }).surrogate(
      new OneHotCategorical({ logits: x }),
      minusLogWeight(x),
      forcedRng(tf.mul(1e4, z)),
    );
  expect(estimate(rows)).toBeAllClose(tf.neg(bound(rows)), { rtol: 1e-5 });
  const mean = tf.sum(tf.mul(tf.reshape(probability(rows), [-1, 1, 1]), tf.grad((x) => tf.sum(estimate(x)))(rows)), 0);
  expect(mean).toBeAllClose(exact, { rtol: 1e-4, atol: 1e-6 });
});

test("all give the mean loss of their draws, leave nothing else in memory and reach what the loss captures", () => {
  const logits = tf.tensor2d(someLogits(2, 3));
  const { quadratic } = someLosses(2, 3);
  for (const estimator of [
    new DoubleCv({ samples: 2 }),
    new Rodeo({ samples: 2, rng: createRng(1) }),
    new DisArm(),
    new Carms({ samples: 3 }),
  ]) {
    const seen: number[] = [];
    const surrogate = (w: tf.Tensor) =>
      estimator.surrogate(
        new OneHotCategorical({ logits }),
        (z) => {
          const value = tf.mul(w, quadratic(z));
          seen.splice(0, seen.length, ...value.dataSync());
          return value;
        },
        createRng(6),
      );
    const one = tf.scalar(1);
    const ofWeight = tf.grad(surrogate)(one);
    const before = tf.memory().numTensors;
    const value = surrogate(one);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(value).toBeAllClose(seen.reduce((sum, each) => sum + each, 0) / seen.length, { rtol: 1e-5 });
    expect(ofWeight).toBeAllClose(value, { rtol: 1e-5 });
  }
});

test("all stay finite where a category has probability 0, and at logits of hundreds", () => {
  for (const values of [
    [0, Number.NEGATIVE_INFINITY, 1, 0],
    [800, -800, 0, 790],
    [0, 0, 0, 0],
  ]) {
    const rows = tf.tile(tf.tensor2d([values]), [50, 1]);
    for (const estimator of [
      new DoubleCv({ samples: 2 }),
      new Rodeo({ samples: 2, rng: createRng(1) }),
      new DisArm(),
      new DisArm({ tree: "sticks" }),
      new Carms({ samples: 4 }),
      new Carms({ samples: 3, weighting: "nodes" }),
      new Vimco({ samples: 3 }),
    ]) {
      const gradient = tf.grad((x) =>
        estimator.surrogate(
          new OneHotCategorical({ logits: x }),
          (z) => tf.sum(tf.square(tf.sub(z, 0.3)), -1),
          createRng(7),
        ),
      )(rows);
      expect(gradient.dataSync().every(Number.isFinite), estimator.constructor.name).toBe(true);
    }
  }
});

test("refuses what it cannot estimate with", () => {
  expect(() => new DoubleCv({} as never)).toThrow("DoubleCv: samples must be a whole number >= 2, got undefined");
  expect(() => new DoubleCv({ samples: 1 })).toThrow("DoubleCv: samples must be a whole number >= 2, got 1");
  expect(() => new DoubleCv({ samples: 2, scale: Number.NaN })).toThrow("DoubleCv: scale must be a finite number");
  expect(() => new Rodeo({ samples: 1, rng: createRng(1) })).toThrow(
    "Rodeo: samples must be a whole number >= 2, got 1",
  );
  expect(() => new Rodeo({ samples: 2, hidden: 0, rng: createRng(1) })).toThrow("Rodeo: hidden must be a whole number");
  expect(() => new Rodeo({ samples: 2 } as never)).toThrow("Rodeo: rng must be a generator");
  expect(() => new DisArm({ samples: 3 })).toThrow("DisArm: samples must be an even whole number >= 2");
  expect(() => new DisArm({ tree: "oak" as never })).toThrow("DisArm: tree must be 'balanced' or 'sticks', got 'oak'");
  expect(() => new Carms({ samples: 1 })).toThrow("Carms: samples must be a whole number >= 2, got 1");
  expect(() => new Carms({ samples: 2, weighting: "pairs" as never })).toThrow("Carms: weighting must be");
  expect(() => new Carms({ samples: 2, tree: "balanced" })).toThrow(
    "Carms: tree 'balanced' needs weighting 'nodes', got 'categories'",
  );
  expect(() => new Vimco({ samples: 1 })).toThrow("Vimco: samples must be a whole number >= 2, got 1");
  const categorical = new OneHotCategorical({ logits: [0, 1] });
  const table: Loss = (z) => tf.cast(tf.sum(tf.cast(tf.greater(z, 0.5), "float32"), -1), "float32");
  expect(() => new DoubleCv({ samples: 2 }).surrogate(categorical, table, createRng(1))).toThrow(
    "DoubleCv.surrogate: loss must have a gradient with respect to z",
  );
  for (const estimator of [new DisArm(), new Carms({ samples: 2 }), new Vimco({ samples: 2 })]) {
    expect(estimator.surrogate(categorical, table, createRng(1)).shape).toEqual([]);
  }
});
