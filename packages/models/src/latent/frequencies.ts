import * as tf from "@tensorflow/tfjs-core";

/** Points of the lattice over which a prior's frequencies are counted. */
export const PRIOR_POINTS = 8192;

/**
 * Logarithms of frequencies over `points` points, `[..., K]`, with one point more for each category: a category that no point
 * met is rare, not impossible, and a divergence from it stays finite.
 */
export function onePointMore(logFrequencies: tf.Tensor, points: number): tf.Tensor {
  const categories = logFrequencies.shape.at(-1) as number;
  return tf.log(tf.div(tf.add(tf.mul(tf.exp(logFrequencies), points), 1), points + categories));
}
