export { Bernoulli, type BernoulliOptions } from "./bernoulli.js";
export { createRng } from "./create-rng.js";
export {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
  type SampleOptions,
} from "./distribution.js";
export { Gumbel } from "./gumbel.js";
export { Independent } from "./independent.js";
export { type KlOptions, klDivergence } from "./kl-divergence.js";
export { type DistributionClass, type KlRule, registerKl } from "./kl-registry.js";
export { LocationScale, type LocationScaleOptions } from "./location-scale.js";
export { Logistic } from "./logistic.js";
export { Normal } from "./normal.js";
export { OneHotCategorical, type OneHotCategoricalOptions } from "./one-hot-categorical.js";
export type { ParameterValue, Validation } from "./parameter.js";
export { alongPath, stopGradient } from "./path-gradient.js";
export { RelaxedDistribution } from "./relaxed-distribution.js";
export type { DrawKind, DrawListener, Rng, RngState } from "./rng.js";
export { TransformedDistribution, type TransformedDistributionOptions } from "./transformed-distribution.js";
