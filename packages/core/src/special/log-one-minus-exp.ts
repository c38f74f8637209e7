import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `log(1 - exp(x))` for x <= 0, elementwise: the logarithm of the complement of a probability, from the probability's
 * logarithm.
 */
export function logOneMinusExp(x: tf.Tensor): tf.Tensor {
  return withGradient(
    (value) => tf.where(tf.greater(value, -Math.LN2), tf.log(tf.neg(tf.expm1(value))), tf.log1p(tf.neg(tf.exp(value)))),
    // Bounded at x = 0, where the slope is infinite, so that a weight of 0 does not make it NaN.
    (upstream, value) => [tf.neg(tf.div(upstream, tf.maximum(tf.expm1(tf.neg(value)), 2 ** -126)))],
    x,
  );
}
