import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** `probability`, with NaN where it lies outside [0, 1]: what a quantile is asked for. */
export function checkedProbability(probability: tf.Tensor): tf.Tensor {
  const flaw = detached((p) => {
    const isInside = tf.logicalAnd(tf.greaterEqual(p, 0), tf.lessEqual(p, 1));
    return tf.where(isInside, tf.zerosLike(p), tf.fill(p.shape, Number.NaN));
  }, probability);
  return tf.add(probability, flaw);
}
