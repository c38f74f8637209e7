import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { exactToyGradient } from "../../test/categorical-toy.js";
import {
  categories,
  column,
  draws,
  estimates,
  logits,
  loss,
  type OfCategorical,
  unfitted,
  variables,
} from "../../test/estimates.js";
import { meanScore } from "../../test/statistics.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { createRng } from "../random/create-rng.js";
import { Rebar } from "./rebar.js";
import { Reinforce } from "./reinforce.js";
import { Relax } from "./relax.js";
import { TanhControlVariate } from "./tanh-control-variate.js";

function totalVariance(values: Float32Array): number {
  return tf.tidy(
    () => tf.sum(tf.moments(tf.tensor2d(values, [draws, variables * categories]), 0).variance).dataSync()[0]!,
  );
}

test("baselines and control variates lower the variance", () => {
  const plain = totalVariance(estimates(new Reinforce({ samples: 3 })));
  const leaveOneOut = totalVariance(estimates(new Reinforce({ baseline: "leave-one-out", samples: 3 })));
  const rebar = totalVariance(estimates(new Rebar({ temperature: 0.5, samples: 3 })));
  expect(leaveOneOut).toBeLessThan(plain);
  expect(rebar).toBeLessThan(plain);
});

test("a scale of 0 turns REBAR into REINFORCE, draw by draw", () => {
  expect(estimates(new Rebar({ temperature: 0.5, scale: 0 }), 7)).toEqual(
    // The same Gumbel noise makes the same draws.
    estimates(new Reinforce(), 7),
  );
});

test("the control variate of RELAX, and the scale of REBAR, learn to lower the variance", () => {
  const relax = new Relax({
    controlVariate: new TanhControlVariate({ inputs: variables * categories, hidden: [16], rng: createRng(8) }),
    temperature: 1,
  });
  const scale = tf.variable(tf.scalar(0));
  const rebar = new Rebar({ temperature: 1, scale });
  const learned = (estimator: OfCategorical) => {
    const before = totalVariance(estimates(estimator, 9));
    const optimizer = tf.train.adam(0.02);
    const rng = createRng(10);
    const rows = tf.tile(tf.tensor3d([logits]), [64, 1, 1]);
    for (let step = 0; step < 150; step++) {
      optimizer.minimize(
        () => tf.mean(estimator.surrogate(new OneHotCategorical({ logits: rows }), loss, rng)) as tf.Scalar,
        false,
        estimator.trainableVariables,
      );
    }
    optimizer.dispose();
    return [before, totalVariance(estimates(estimator, 9))] as const;
  };
  const [relaxBefore, relaxAfter] = learned(relax);
  const [rebarBefore, rebarAfter] = learned(rebar);
  expect(relaxAfter).toBeLessThan(0.7 * relaxBefore);
  expect(rebarAfter).toBeLessThan(0.9 * rebarBefore);
  expect(relaxAfter).toBeLessThan(rebarAfter);
});

test("the gradient that a learned scale receives is that of the squared norm, as finite differences give it", () => {
  const squares = (value: number) => {
    const values = estimates(new Rebar({ temperature: 0.7, scale: value }), 11);
    return values.reduce((sum, each) => sum + each * each, 0) / draws;
  };
  const scale = tf.variable(tf.scalar(0.4));
  const rebar = new Rebar({ temperature: 0.7, scale });
  const rows = tf.tile(tf.tensor3d([logits]), [draws, 1, 1]);
  const { grads } = tf.variableGrads(
    () => tf.mean(rebar.surrogate(new OneHotCategorical({ logits: rows }), loss, createRng(11))) as tf.Scalar,
    [scale],
  );
  const h = 0.05;
  expect(grads[scale.name]!).toBeAllClose([(squares(0.4 + h) - squares(0.4 - h)) / (2 * h)], { rtol: 1e-3 });
});

test("the written-out slope of a tanh control variate is its gradient", () => {
  const control = unfitted();
  const scores = createRng(12).normal([3, variables, categories]);
  const slope = tf.grad((x) => control.valueAndSlope(x, 1).value)(scores);
  expect(control.valueAndSlope(scores, 1).slope).toBeAllClose(slope, { rtol: 1e-5, atol: 1e-6 });
});

test("the moving average is that of earlier losses, so that the estimate stays unbiased", () => {
  const estimator = new Reinforce({ baseline: "moving-average", decay: 0.5 });
  const x = tf.tensor2d(logits);
  const one = (seed: number, loss: (z: tf.Tensor) => tf.Tensor) =>
    tf.grad((x) => estimator.surrogate(new OneHotCategorical({ logits: x }), loss, createRng(seed)))(x);
  const constant = (value: number) => (z: tf.Tensor) => tf.add(tf.sum(tf.mul(z, 0)), value);
  // The first call knows no loss: its baseline is 0. Then the average of 8 is 8, and of (8, 2) it is 4.
  const score = tf.div(one(1, constant(8)), 8);
  expect(one(1, constant(2))).toBeAllClose(tf.mul(score, 2 - 8), { rtol: 1e-5, atol: 1e-6 });
  expect(one(1, constant(5))).toBeAllClose(tf.mul(score, 5 - 4), { rtol: 1e-5, atol: 1e-6 });
  estimator.dispose();
});

test("the moving average lowers the variance of a loss far from 0", () => {
  const shifted = (z: tf.Tensor) => tf.add(loss(z), 10);
  const estimator = new Reinforce({ baseline: "moving-average" });
  const rows = tf.tile(tf.tensor3d([logits]), [draws, 1, 1]);
  const gradient = (seed: number) =>
    tf.grad((x) => tf.sum(estimator.surrogate(new OneHotCategorical({ logits: x }), shifted, createRng(seed))))(rows);
  gradient(1);
  const values = gradient(2).dataSync() as Float32Array;
  expect(totalVariance(values)).toBeLessThan(2 * totalVariance(estimates(new Reinforce())));
  for (const [index, expected] of exactToyGradient(logits).entries()) {
    expect(Math.abs(meanScore(column(values, index), expected))).toBeLessThan(4);
  }
});
