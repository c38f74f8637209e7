import * as tf from "@tensorflow/tfjs-core";

/** -1, 0 or 1, with a zero gradient. tf.sign of the wasm backend gives 0 for magnitudes below 1e-7 (tfjs 4.22). */
export function signOf(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.step(x), tf.step(tf.neg(x)));
}

/** 1 where x is exactly 0, else 0, with a zero gradient. */
export function isZero(x: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.add(tf.step(x), tf.step(tf.neg(x))));
}
