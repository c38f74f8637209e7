import * as tf from "@tensorflow/tfjs-core";

/**
 * Gumbel scores `log probs + noise` given which of them is the largest, from fresh Gumbel noise: the second draw of
 * REBAR (Tucker et al. 2017, appendix C). The largest is Gumbel(0) for every category, since the probabilities sum to
 * 1; the others are Gumbel(log probs), truncated there: `-log(exp(-(log probs + noise)) + exp(-largest))`.
 *
 * Shapes: `logProbs`, `oneHot` and `noise` `[..., K] -> [..., K]`. Do not differentiate through it; its slope with
 * respect to log probs is {@link conditionalGumbelSlope}.
 */
export function conditionalGumbel(logProbs: tf.Tensor, oneHot: tf.Tensor, noise: tf.Tensor): tf.Tensor {
  const largest = tf.sum(tf.mul(oneHot, noise), -1, true);
  const free = tf.add(logProbs, noise);
  // A soft minimum, written so that neither exponential is formed: both overflow where a probability is small.
  const truncated = tf.sub(tf.minimum(free, largest), tf.softplus(tf.neg(tf.abs(tf.sub(free, largest)))));
  return tf.add(tf.mul(oneHot, largest), tf.mul(tf.sub(1, oneHot), truncated));
}

/** d {@link conditionalGumbel} / d logProbs, each coordinate with respect to its own. */
export function conditionalGumbelSlope(logProbs: tf.Tensor, oneHot: tf.Tensor, noise: tf.Tensor): tf.Tensor {
  const largest = tf.sum(tf.mul(oneHot, noise), -1, true);
  const free = tf.add(logProbs, noise);
  return tf.mul(tf.sub(1, oneHot), tf.sigmoid(tf.sub(largest, free)));
}
