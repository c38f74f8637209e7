import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** `probability`, or NaN where it lies outside [0, 1]: the argument of a quantile. */
export function checkedProbability(probability: tf.Tensor): tf.Tensor {
  const flaw = detached((p) => {
    const isInside = tf.logicalAnd(tf.greaterEqual(p, 0), tf.lessEqual(p, 1));
    return tf.where(isInside, tf.zerosLike(p), tf.fill(p.shape, Number.NaN));
  }, probability);
  return tf.add(probability, flaw);
}
