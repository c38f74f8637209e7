import type * as tf from "@tensorflow/tfjs-core";
import { toOneShape } from "./broadcast.js";
import { customGradient } from "./custom-gradient.js";

/**
 * `f(...inputs)` with an explicit gradient: `gradient` receives the upstream gradient and the inputs, and returns one
 * tensor for each input. The inputs are broadcast to one shape first, which is also the shape of `f`'s result.
 */
export function withGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  gradient: (upstream: tf.Tensor, ...inputs: tf.Tensor[]) => tf.Tensor[],
  ...inputs: tf.Tensor[]
): tf.Tensor {
  return customGradient(toOneShape(...inputs), (...values) => ({ value: f(...values), saved: values }), gradient);
}
