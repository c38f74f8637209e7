import * as tf from "@tensorflow/tfjs-core";
import { detached } from "./detached.js";

/**
 * The value of `x` without its history. {@link stopGradient} sends a gradient of 0 on, through operations that may have no
 * derivative in tfjs (those of a gradient, for one); this sends none.
 */
export function constant(x: tf.Tensor): tf.Tensor {
  return detached(() => tf.clone(x));
}
