import * as tf from "@tensorflow/tfjs-core";

/** Number of lattice points for a prior's frequencies. */
export const PRIOR_POINTS = 8192;

/**
 * Logarithms of frequencies over `points` points, `[..., K]`, with one point added to each category. A category without
 * points is rare, not impossible, so divergences from it stay finite.
 */
export function onePointMore(logFrequencies: tf.Tensor, points: number): tf.Tensor {
  const categories = logFrequencies.shape.at(-1) as number;
  return tf.log(tf.div(tf.add(tf.mul(tf.exp(logFrequencies), points), 1), points + categories));
}
