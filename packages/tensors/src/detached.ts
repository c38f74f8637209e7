import * as tf from "@tensorflow/tfjs-core";
import { customGradient } from "./custom-gradient.js";

/**
 * `f(...inputs)`, which counts as a constant: no gradient reaches the inputs, and kernels that have none (comparisons,
 * argmax, rounding) are allowed in `f`.
 */
export function detached(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...inputs: tf.Tensor[]): tf.Tensor {
  const shapes = inputs.map(({ shape }) => shape);
  return customGradient(
    inputs,
    (...values) => ({ value: f(...values), saved: [] }),
    () => shapes.map((shape) => tf.zeros(shape)),
  );
}

/** The value of `x` without its history: not even a gradient of 0 goes back through the operations that made it. */
export function constant(x: tf.Tensor): tf.Tensor {
  return detached(() => tf.clone(x));
}
