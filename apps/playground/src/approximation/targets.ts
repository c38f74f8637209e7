import { Binomial, type CountDistribution, NegativeBinomial, Poisson } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

/** Discrete distributions to approximate, by name. */
export const TARGETS = {
  "Poisson(50)": () => pmf(new Poisson({ rate: 50 }), 100),
  "Binomial(12, 0.3)": () => pmf(new Binomial({ totalCount: 12, probs: 0.3 }), 13),
  "Negative binomial (50, 0.6)": () => pmf(new NegativeBinomial({ totalCount: 50, probs: 0.6 }), 90),
  // Figures 8 and 9 of the paper.
  "Ten-way": () => normalized([10, 1, 5, 1, 10, 10, 1, 6, 1, 1]),
} as const;

/** The name of a target. */
export type TargetName = keyof typeof TARGETS;

/** Probabilities of 0, 1, ..., size - 1. */
function pmf(distribution: CountDistribution, size: number): number[] {
  return tf.tidy(() => Array.from(tf.exp(distribution.logProb(tf.range(0, size))).dataSync()));
}

/** Non-negative heights as probabilities; all equal where every height is 0. */
export function normalized(heights: readonly number[]): number[] {
  const total = heights.reduce((sum, height) => sum + height, 0);
  return heights.map((height) => (total > 0 ? height / total : 1 / heights.length));
}
