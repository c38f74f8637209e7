import { broadcastTensor, detached, signOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The correction that gives a log-density of z, evaluated at log-odds 0 instead of infinite ones, its limit; a
 * constant.
 */
export function toLimitAtEdges(
  inside: tf.Tensor,
  { logit, atEdge, logits, temperature }: Readonly<Record<"logit" | "atEdge" | "logits" | "temperature", tf.Tensor>>,
): tf.Tensor {
  return detached(
    (x, edge, value, logits, temperature) => {
      // Towards log-odds +-L the log-density is L (1 - temperature) +- logits + log temperature.
      const growth = broadcastTensor(tf.sub(1, temperature), value.shape);
      const level = tf.sub(tf.add(tf.mul(signOf(x), logits), tf.log(temperature)), value);
      const infinite = tf.mul(signOf(growth), tf.fill(value.shape, Number.POSITIVE_INFINITY));
      const limit = tf.where(tf.equal(growth, 0), level, infinite);
      return tf.where(tf.greater(broadcastTensor(edge, value.shape), 0), limit, tf.zerosLike(limit));
    },
    logit,
    atEdge,
    inside,
    logits,
    temperature,
  );
}

/** log(temperature) + log of the logistic density at `scores`. */
export function logisticLogProb(scores: tf.Tensor, temperature: tf.Tensor): tf.Tensor {
  return tf.sub(tf.log(temperature), tf.add(tf.softplus(scores), tf.softplus(tf.neg(scores))));
}
