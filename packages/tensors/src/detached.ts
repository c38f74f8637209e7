import * as tf from "@tensorflow/tfjs-core";
import { customGradient } from "./custom-gradient.js";

/**
 * `f(...inputs)` as a constant: no gradient reaches the inputs, so `f` may use kernels without a gradient (comparisons,
 * argmax, rounding).
 */
export function detached(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...inputs: tf.Tensor[]): tf.Tensor {
  const shapes = inputs.map(({ shape }) => shape);
  return customGradient(
    inputs,
    (...values) => ({ value: f(...values), saved: [] }),
    () => shapes.map((shape) => tf.zeros(shape)),
  );
}

/** The value of `x` without its history: no gradient, not even 0, flows back through the operations that made it. */
export function constant(x: tf.Tensor): tf.Tensor {
  return detached(() => tf.clone(x));
}
