import * as tf from "@tensorflow/tfjs-core";

/** log(exp(x) - 1) for x >= 0: x itself where exp(x) overflows, -Infinity at 0. */
export function logExpm1(x: tf.Tensor): tf.Tensor {
  return tf.add(x, tf.log(tf.neg(tf.expm1(tf.neg(x)))));
}
