import * as tf from "@tensorflow/tfjs-core";

/** `(diag(p) - p p^T) v`, the Jacobian of a softmax with the value p, times v: `[..., K]` each. Symmetric. */
export function softmaxJacobian(p: tf.Tensor, v: tf.Tensor): tf.Tensor {
  return tf.mul(p, tf.sub(v, tf.sum(tf.mul(p, v), -1, true)));
}
