import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { someLosses } from "../../test/enumeration.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import type { GradientEstimator } from "./gradient-estimator.js";
import { IgrRao } from "./igr-rao.js";
import { Pathwise } from "./pathwise.js";

const loc = [0.3, -0.4, 0.1];
const scale = [0.5, 1, 0.7];
const rows = 8000;
const { network } = someLosses(1, 4);

/** Mean, variance and standard error of the estimates with respect to loc and scale. */
function moments(estimator: GradientEstimator<IGR>, delta = 0.1) {
  return tf.tidy(() => {
    const many = (values: number[]) => tf.tile(tf.tensor3d([[values]]), [rows, 1, 1]);
    const gradients = tf.grads((loc, scale) =>
      tf.sum(estimator.surrogate(new IGR({ loc, scale, temperature: 0.3, delta }), network, createRng(1))),
    )([many(loc), many(scale)]);
    const all = tf.reshape(tf.concat(gradients, 2), [rows, 6]);
    const { mean, variance } = tf.moments(all, 0);
    return { mean: Array.from(mean.dataSync()), variance: Array.from(variance.dataSync()) };
  });
}

describe.each([0.1, 5])("delta %d, so that the last category is rare or common", (delta) => {
  test("more pre-images leave the mean and lower the variance", () => {
    const one = moments(new Pathwise({ hard: true }), delta);
    const many = moments(new IgrRao({ conditionalDraws: 5 }), delta);
    for (const [k, mean] of many.mean.entries()) {
      const error = Math.sqrt((one.variance[k]! + many.variance[k]!) / rows);
      expect(Math.abs(mean - one.mean[k]!)).toBeLessThan(4 * error);
    }
    const total = (values: number[]) => values.reduce((sum, each) => sum + each, 0);
    expect(total(many.variance)).toBeLessThan(0.7 * total(one.variance));
  });
});

test("with one pre-image it is the straight-through IGR", () => {
  expect(moments(new IgrRao({ conditionalDraws: 1 }))).toEqual(moments(new Pathwise({ hard: true })));
});

test("stays finite where the argmax is all but impossible, and at scales of 0.01 and 100", () => {
  const gradient = tf.grad((x) =>
    new IgrRao().surrogate(
      new IGR({ loc: x, scale: [[0.01, 100, 1]], temperature: 0.1 }),
      (z) => tf.sum(tf.square(tf.sub(z, 0.3)), -1),
      createRng(2),
    ),
  )(tf.tile(tf.tensor2d([[50, -3, 0]]), [200, 1]));
  expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
});

test("refuses other distributions and transforms", () => {
  const loss = (z: tf.Tensor) => tf.sum(z, -1);
  expect(() =>
    new IgrRao().surrogate(new Concrete({ logits: [0, 1], temperature: 1 }) as never, loss, createRng(1)),
  ).toThrow("IgrRao.surrogate: distribution must be an IGR with the transform 'softmax++', got Concrete");
  const sticks = new IGR({ loc, scale, temperature: 1, transform: "stick-breaking" });
  expect(() => new IgrRao().surrogate(sticks, loss, createRng(1))).toThrow("with the transform 'softmax++', got IGR");
  expect(() => new IgrRao({ conditionalDraws: 0 })).toThrow("IgrRao: conditionalDraws must be a whole number >= 1");
});
