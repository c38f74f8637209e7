/** Monte Carlo estimates that an error suggests if a statistic has no closed form. */
export const monteCarloForms = {
  mean: "tf.mean(distribution.sample(rng, [1000]), 0)",
  mode: "the sample of largest logProb among distribution.sampleAndLogProb(rng, [1000])",
  variance: "tf.moments(distribution.sample(rng, [1000]), 0).variance",
  stddev: "tf.sqrt(tf.moments(distribution.sample(rng, [1000]), 0).variance)",
  entropy: "tf.neg(tf.mean(distribution.sampleAndLogProb(rng, [1000]).logProb, 0))",
  crossEntropy: "tf.neg(tf.mean(other.logProb(distribution.sample(rng, [1000])), 0))",
  cdf: "the share of distribution.sample(rng, [1000]) below x",
  logCdf: "the logarithm of the share of distribution.sample(rng, [1000]) below x",
  survivalFunction: "the share of distribution.sample(rng, [1000]) above x",
  logSurvival: "the logarithm of the share of distribution.sample(rng, [1000]) above x",
  quantile: "the sorted values of distribution.sample(rng, [1000])",
} as const;

/** A statistic that may have no closed form. */
export type Statistic = keyof typeof monteCarloForms;
