export { Bernoulli, type BernoulliOptions } from "./bernoulli.js";
export { BinaryIGR, type BinaryIGROptions } from "./binary-igr.js";
export { Concrete } from "./concrete.js";
export type { ConcreteOptions } from "./concrete-family.js";
export { createRng } from "./create-rng.js";
export { distanceToVertex } from "./distance-to-vertex.js";
export {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
  type SampleOptions,
} from "./distribution.js";
export { ExpConcrete } from "./exp-concrete.js";
export { type FitPriorOptions, type FittedPrior, fitPrior } from "./fit-prior.js";
export { Gumbel } from "./gumbel.js";
export { IGR, type IGROptions, type SampleWithPreImage } from "./igr.js";
export type { IGRTransformName } from "./igr-transform.js";
export { Independent } from "./independent.js";
export { type KlOptions, klDivergence } from "./kl-divergence.js";
export { type DistributionClass, type KlRule, registerKl } from "./kl-registry.js";
export { LocationScale, type LocationScaleOptions } from "./location-scale.js";
export { Logistic } from "./logistic.js";
export { Normal } from "./normal.js";
export { OneHotCategorical, type OneHotCategoricalOptions } from "./one-hot-categorical.js";
export type { ParameterValue, Validation } from "./parameter.js";
export { alongPath, stopGradient } from "./path-gradient.js";
export type { PriorObjective } from "./prior-objective.js";
export { LogitRelaxedBernoulli, RelaxedBernoulli, type RelaxedBernoulliOptions } from "./relaxed-bernoulli.js";
export { RelaxedBinary } from "./relaxed-binary.js";
export { RelaxedDistribution } from "./relaxed-distribution.js";
export type { DrawKind, DrawListener, Rng, RngState } from "./rng.js";
export { straightThrough } from "./straight-through.js";
export { TransformedDistribution, type TransformedDistributionOptions } from "./transformed-distribution.js";
export { type VanishingFractionOptions, vanishingFraction } from "./vanishing-fraction.js";
export { type VertexProximityOptions, vertexProximity } from "./vertex-proximity.js";
