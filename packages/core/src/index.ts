export type { ParameterValue, Validation } from "@igr/tensors";
export { type ApproximateOptions, type Approximation, approximate } from "./approximation/approximate.js";
export type { CompiledFunction } from "./approximation/compiled-function.js";
export type {
  ApproximationFamily,
  GsApproximation,
  IgrApproximation,
  IgrPlanarApproximation,
  IgrSbApproximation,
} from "./approximation/family.js";
export type { Fit } from "./approximation/fit.js";
export type { ApproximateProgress } from "./approximation/train.js";
export type { ArgmaxProbsOptions, LatticeOptions } from "./argmax/argmax-probs.js";
export {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
  type SampleOptions,
} from "./base/distribution.js";
export { type RelaxationAlias, type RelaxationName, relaxationName } from "./base/relaxation-name.js";
export { RelaxedDistribution } from "./base/relaxed-distribution.js";
export type { Support } from "./base/support.js";
export { Independent } from "./combinators/independent.js";
export { MixtureSameFamily, type MixtureSameFamilyOptions } from "./combinators/mixture-same-family.js";
export {
  TransformedDistribution,
  type TransformedDistributionOptions,
} from "./combinators/transformed-distribution.js";
export { Bernoulli, type BernoulliOptions } from "./distributions/bernoulli.js";
export { Beta, type BetaOptions } from "./distributions/beta.js";
export type { CategoryOptions } from "./distributions/category-probabilities.js";
export { Cauchy } from "./distributions/cauchy.js";
export { ContinuousBernoulli, type ContinuousBernoulliOptions } from "./distributions/continuous-bernoulli.js";
export { Binomial, type BinomialOptions } from "./distributions/counts/binomial.js";
export { Categorical, type CategoricalOptions } from "./distributions/counts/categorical.js";
export { CountDistribution } from "./distributions/counts/count-distribution.js";
export { Geometric, type GeometricOptions } from "./distributions/counts/geometric.js";
export { NegativeBinomial, type NegativeBinomialOptions } from "./distributions/counts/negative-binomial.js";
export { Poisson, type PoissonOptions } from "./distributions/counts/poisson.js";
export { type TruncatedPmf, type TruncatedPmfOptions, truncatedPmf } from "./distributions/counts/truncated-pmf.js";
export { Deterministic, type DeterministicOptions } from "./distributions/deterministic.js";
export { Dirichlet, type DirichletOptions } from "./distributions/dirichlet.js";
export { Exponential, type ExponentialOptions } from "./distributions/exponential.js";
export { Gamma, type GammaOptions } from "./distributions/gamma.js";
export { Gumbel } from "./distributions/gumbel.js";
export { HalfNormal, type HalfNormalOptions } from "./distributions/half-normal.js";
export { Kumaraswamy, type KumaraswamyOptions } from "./distributions/kumaraswamy.js";
export { Laplace } from "./distributions/laplace.js";
export { LocationScale, type LocationScaleOptions } from "./distributions/location-scale.js";
export { LogNormal } from "./distributions/log-normal.js";
export { Logistic } from "./distributions/logistic.js";
export { Multinomial, type MultinomialOptions } from "./distributions/multinomial.js";
export {
  MultivariateNormalDiag,
  type MultivariateNormalDiagOptions,
} from "./distributions/multivariate-normal-diag.js";
export {
  MultivariateNormalTriL,
  type MultivariateNormalTriLOptions,
} from "./distributions/multivariate-normal-tril.js";
export { Normal } from "./distributions/normal.js";
export { OneHotCategorical, type OneHotCategoricalOptions } from "./distributions/one-hot-categorical.js";
export { StudentT, type StudentTOptions } from "./distributions/student-t.js";
export type { SuccessOptions } from "./distributions/success-probability.js";
export { Uniform, type UniformOptions } from "./distributions/uniform.js";
export { type KlOptions, klDivergence } from "./divergence/kl-divergence.js";
export { type DistributionClass, type KlRule, registerKl } from "./divergence/kl-registry.js";
export type { Antithetic } from "./estimators/antithetic.js";
export { Carms, type CarmsOptions } from "./estimators/carms.js";
export type { TreeShape } from "./estimators/category-tree.js";
export type { ControlVariate, ControlVariateValue } from "./estimators/control-variate.js";
export { DisArm, type DisArmOptions } from "./estimators/disarm.js";
export { DoubleCv, type DoubleCvOptions } from "./estimators/double-cv.js";
export { GappedStraightThrough, type GappedStraightThroughOptions } from "./estimators/gapped-straight-through.js";
export { type EstimatorOptions, GradientEstimator, type Loss } from "./estimators/gradient-estimator.js";
export type { GumbelControl, GumbelControlOptions } from "./estimators/gumbel-control.js";
export { GumbelRao, type GumbelRaoOptions } from "./estimators/gumbel-rao.js";
export { IgrRao, type IgrRaoOptions } from "./estimators/igr-rao.js";
export { Pathwise, type PathwiseOptions } from "./estimators/pathwise.js";
export { Rebar, type RebarOptions } from "./estimators/rebar.js";
export { Reinforce, type ReinforceOptions } from "./estimators/reinforce.js";
export { ReinMax, type ReinMaxOptions } from "./estimators/reinmax.js";
export { Relax, type RelaxOptions } from "./estimators/relax.js";
export { Rodeo, type RodeoOptions } from "./estimators/rodeo.js";
export type { SeveralSamples, SlopeControl } from "./estimators/slope-control.js";
export { StraightThrough, type StraightThroughOptions } from "./estimators/straight-through-estimator.js";
export type { RoutedDraw, StraightThroughFamily } from "./estimators/straight-through-family.js";
export { TanhControlVariate, type TanhControlVariateOptions } from "./estimators/tanh-control-variate.js";
export type { Temperature } from "./estimators/temperature.js";
export { Vimco } from "./estimators/vimco.js";
export { alongPath, stopGradient } from "./gradients/path-gradient.js";
export { straightThrough } from "./gradients/straight-through.js";
export { type VanishingFractionOptions, vanishingFraction } from "./gradients/vanishing-fraction.js";
export { type FitPriorOptions, type FittedPrior, fitPrior } from "./prior/fit-prior.js";
export type { PriorObjective } from "./prior/prior-objective.js";
export { createRng } from "./random/create-rng.js";
export type { DrawKind, DrawListener, Rng, RngState } from "./random/rng.js";
export { BinaryIGR, type BinaryIGROptions } from "./relaxations/binary-igr.js";
export { Concrete } from "./relaxations/concrete.js";
export type { ConcreteOptions } from "./relaxations/concrete-family.js";
export { ExpConcrete } from "./relaxations/exp-concrete.js";
export { GrowingSticks, type GrowingSticksOptions } from "./relaxations/growing-sticks.js";
export { IGR, type IGROptions, type SampleWithPreImage } from "./relaxations/igr.js";
export type { IGRTransformName } from "./relaxations/igr-transform.js";
export { InfiniteIGR } from "./relaxations/infinite-igr.js";
export type { CutSample, InfiniteIGROptions } from "./relaxations/infinite-igr-options.js";
export {
  KumaraswamyStickBreaking,
  type KumaraswamyStickBreakingOptions,
  type StickFrequencyOptions,
} from "./relaxations/kumaraswamy-stick-breaking.js";
export { LogisticNormal, type LogisticNormalOptions } from "./relaxations/logistic-normal.js";
export { LogitRelaxedBernoulli } from "./relaxations/logit-relaxed-bernoulli.js";
export { RelaxedBernoulli, type RelaxedBernoulliOptions } from "./relaxations/relaxed-bernoulli.js";
export { RelaxedBinary } from "./relaxations/relaxed-binary.js";
export { distanceToVertex } from "./vertex-proximity/distance-to-vertex.js";
export {
  type MatchedTemperature,
  type MatchProgress,
  type MatchTemperatureOptions,
  matchTemperature,
  type TemperatureFamily,
} from "./vertex-proximity/match-temperature.js";
export type { IgrFamily } from "./vertex-proximity/temperature-family.js";
export {
  type VertexProximityCurve,
  type VertexProximityCurveOptions,
  type VertexProximityOptions,
  vertexProximity,
  vertexProximityCurve,
} from "./vertex-proximity/vertex-proximity.js";
