import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** `log(1 - exp(x))` for x <= 0, elementwise: the logarithm of a probability's complement, from its own logarithm. */
export function logOneMinusExp(x: tf.Tensor): tf.Tensor {
  return withGradient(
    (value) => tf.where(tf.greater(value, -Math.LN2), tf.log(tf.neg(tf.expm1(value))), tf.log1p(tf.neg(tf.exp(value)))),
    // Bounded at x = 0, where it is infinite, so that no weight of 0 makes it NaN.
    (upstream, value) => [tf.neg(tf.div(upstream, tf.maximum(tf.expm1(tf.neg(value)), 2 ** -126)))],
    x,
  );
}
