export { createRng } from "./create-rng.js";
export {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
  type SampleOptions,
} from "./distribution.js";
export type { ParameterValue, Validation } from "./parameter.js";
export { alongPath, stopGradient } from "./path-gradient.js";
export { RelaxedDistribution } from "./relaxed-distribution.js";
export type { DrawKind, DrawListener, Rng, RngState } from "./rng.js";
