import * as tf from "@tensorflow/tfjs-core";
import { OneHotCategorical } from "../src/distributions/one-hot-categorical.js";
import type { ControlVariate } from "../src/estimators/control-variate.js";
import type { GradientEstimator } from "../src/estimators/gradient-estimator.js";
import { TanhControlVariate } from "../src/estimators/tanh-control-variate.js";
import { createRng } from "../src/random/create-rng.js";
import { toyLoss } from "./categorical-toy.js";

export const logits = [
  [0.3, -0.8, 0.5, 0],
  [1, 0, -1, 0.2],
];

export const [variables, categories] = [logits.length, logits[0]!.length];

export const loss = toyLoss(categories);

export const draws = 12_000;

export type OfCategorical = GradientEstimator<OneHotCategorical>;

/** `draws` estimates of d E loss / d logits in one pass, `[draws, N K]`: a row of logits for each. */
export function estimates(estimator: OfCategorical, seed = 1): Float32Array {
  return tf.tidy(() => {
    const rows = tf.tile(tf.tensor3d([logits]), [draws, 1, 1]);
    const gradient = tf.grad((x) =>
      tf.sum(estimator.surrogate(new OneHotCategorical({ logits: x }), loss, createRng(seed))),
    )(rows);
    return gradient.dataSync() as Float32Array;
  });
}

export function column(values: Float32Array, index: number): Float32Array {
  return Float32Array.from({ length: draws }, (_, row) => values[row * variables * categories + index]!);
}

/** A control variate that has learned something, right or wrong. */
export function unfitted(): ControlVariate {
  const control = new TanhControlVariate({ inputs: variables * categories, hidden: [5, 4], rng: createRng(3) });
  for (const variable of control.trainableVariables) variable.assign(tf.mul(createRng(4).normal(variable.shape), 0.3));
  return control;
}
