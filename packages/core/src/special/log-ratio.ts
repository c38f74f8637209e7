import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * log(a / b) for a, b > 0: from the difference if they are close, and from both logarithms if the quotient leaves the
 * float32 range. Its slopes are 1 / a and -1 / b, also where the slopes of the quotient would overflow.
 */
export function logRatio(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    (a, b) => {
      const excess = tf.div(tf.sub(a, b), b);
      const isClose = tf.less(tf.abs(excess), 0.5);
      const ratio = tf.div(a, b);
      const isInRange = tf.logicalAnd(tf.greater(ratio, 1e-30), tf.less(ratio, 1e30));
      const far = tf.where(isInRange, tf.log(ratio), tf.sub(tf.log(a), tf.log(b)));
      return tf.where(isClose, tf.log1p(tf.where(isClose, excess, tf.zerosLike(excess))), far);
    },
    (upstream, a, b) => [tf.div(upstream, a), tf.neg(tf.div(upstream, b))],
    a,
    b,
  );
}
