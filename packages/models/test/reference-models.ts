import { readFileSync } from "node:fs";
import type { Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers } from "./values.js";

/** Values computed by torch in float64; see reference/generate_models.py. */
export const reference = JSON.parse(readFileSync(new URL("reference/models.json", import.meta.url), "utf8"));

/** The numbers of weights, images and noise on both sides. */
export function wave(shape: readonly number[], seed: number, scale = 0.5): tf.Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const values = Float32Array.from({ length: size }, (_, i) => scale * Math.cos(0.7 * i + 1.3 * seed));
  return tf.tensor(values, [...shape]);
}

export function bits(shape: readonly number[], seed: number): tf.Tensor {
  return tf.tidy(() => tf.cast(tf.greater(wave(shape, seed), 0.1), "float32"));
}

/** Gives the model the reference's weights, in the order of its trainable variables. */
export function setWaves(variables: readonly tf.Variable[], seed: number): void {
  for (const [i, variable] of variables.entries()) tf.tidy(() => variable.assign(wave(variable.shape, seed + i)));
}

/** A generator that returns the draws of the reference in order, for every kind of draw. */
export function sequenceRng(draws: readonly tf.Tensor[]): Rng {
  let next = 0;
  const draw = (shape: readonly number[]) => tf.reshape(draws[next++]!, [...shape]);
  const rng: Rng = {
    normal: draw,
    uniform: draw,
    gumbel: draw,
    fork: () => rng,
    fill: () => {},
    bits: () => {},
    state: () => ({ algorithm: "sequence", key: "", position: "" }),
    root: {},
  };
  return rng;
}

/** The gradients of a loss, in the order of the variables. */
export function gradientsOf(loss: () => tf.Scalar, variables: tf.Variable[]): number[][] {
  const { grads } = tf.variableGrads(loss, variables);
  return variables.map(({ name }) => numbers(grads[name]!));
}
