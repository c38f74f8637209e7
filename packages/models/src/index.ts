export { CheckpointError, type CheckpointRefusal } from "./checkpoint/checkpoint-error.js";
export { type LoadModelOptions, load } from "./checkpoint/load.js";
export type { FromConfig } from "./checkpoint/model-parts.js";
export { save } from "./checkpoint/save.js";
export {
  DeepGaussianMixture,
  type DeepGaussianMixtureOptions,
  type MixturePosterior,
} from "./deep-gaussian-mixture/deep-gaussian-mixture.js";
export { DiscreteVAE } from "./discrete-vae/discrete-vae.js";
export type { DiscreteVAEOptions, HardElboOptions } from "./discrete-vae/discrete-vae-options.js";
export type { HardFirstOptions } from "./discrete-vae/hard-first.js";
export { type DiscreteVAEPreset, discreteVaeAuthors, discreteVaePaper } from "./discrete-vae/presets.js";
export { useFastWasm } from "./engine/fast-wasm.js";
export type { CompileOptions, Engine } from "./engine/step-engine.js";
export { bestMatching } from "./evaluation/best-matching.js";
export { type CategoryAccuracy, categoryAccuracy } from "./evaluation/category-accuracy.js";
export { type CategoryUse, type CategoryUseOptions, categoryUse } from "./evaluation/category-use.js";
export { type Disentanglement, type DisentanglementOptions, disentanglement } from "./evaluation/disentanglement.js";
export type { LabelledBatch, LabelledImageSource } from "./evaluation/labelled-images.js";
export { type LatentTraversal, type LatentTraversalOptions, latentTraversal } from "./evaluation/latent-traversal.js";
export {
  evaluateLogLikelihood,
  type LogLikelihoodEvaluation,
  type LogLikelihoodEvaluationOptions,
} from "./evaluation/log-likelihood.js";
export {
  discreteInformation,
  type GaussianCodes,
  gaussianInformation,
  labelEntropy,
  mutualInformationGap,
} from "./evaluation/mutual-information.js";
export { type VertexDistances, type VertexDistancesOptions, vertexDistances } from "./evaluation/vertex-distances.js";
export { encodeModel } from "./export/encode-model.js";
export { exportLayersModels } from "./export/export-layers-models.js";
export { type ExportOnnxModelsOptions, exportOnnxModels } from "./export/export-onnx-models.js";
export { exportSafetensors } from "./export/export-safetensors.js";
export type { Capacities, JointMeans, PenalizedDiscreteKl } from "./joint-vae/capacity-objective.js";
export type { JointPosterior } from "./joint-vae/joint-parts.js";
export { type JointElboTerms, JointVAE, type JointVAEOptions } from "./joint-vae/joint-vae.js";
export {
  type JointVAEPreset,
  jointVaeCelebA,
  jointVaeFashionMnist,
  jointVaeFromPreset,
  jointVaeMnist,
  type PresetModelOptions,
  type PresetOptions,
} from "./joint-vae/presets.js";
export type { CategoricalEstimator } from "./latent/categorical-estimator.js";
export { CategoricalLatent, type CategoricalLatentOptions } from "./latent/categorical-latent.js";
export type { CategoryProbs } from "./latent/category-prior.js";
export { GaussianLatent, type GaussianLatentOptions } from "./latent/gaussian-latent.js";
export { GumbelSoftmaxLatent, type GumbelSoftmaxLatentOptions } from "./latent/gumbel-softmax-latent.js";
export {
  type IgrCategoricalEstimator,
  IgrCategoricalLatent,
  type IgrCategoricalLatentOptions,
} from "./latent/igr-categorical-latent.js";
export { IgrLatent } from "./latent/igr-latent.js";
export type { IgrDecoderInput, IgrLatentOptions } from "./latent/igr-latent-options.js";
export { IgrPlanarLatent, type IgrPlanarLatentOptions } from "./latent/igr-planar-latent.js";
export type { IgrPrior } from "./latent/igr-prior.js";
export {
  IgrStickBreakingLatent,
  type IgrStickBreakingLatentOptions,
} from "./latent/igr-stick-breaking-latent.js";
export {
  Latent,
  type LatentSize,
  type LogLikelihoodOfDraws,
  type ProbsPrecision,
  type ScheduledPrior,
} from "./latent/latent.js";
export { type LatentConfig, type LatentParameters, LatentPart, type LatentSample } from "./latent/latent-part.js";
export type { LearnTemperature } from "./latent/latent-temperature.js";
export type { OneHotOptions } from "./latent/one-hot-latent.js";
export { RelaxedCategoricalLayer, type RelaxedCategoricalLayerArgs } from "./layers/relaxed-categorical-layer.js";
export { BernoulliLikelihood } from "./likelihood/bernoulli-likelihood.js";
export { ContinuousBernoulliLikelihood } from "./likelihood/continuous-bernoulli-likelihood.js";
export { GaussianLikelihood, type GaussianLikelihoodOptions } from "./likelihood/gaussian-likelihood.js";
export { Likelihood, type LikelihoodConfig } from "./likelihood/likelihood.js";
export type {
  ElboTerms,
  ForwardOptions,
  ModelConfig,
  NamedVariable,
  RelaxedPart,
  TrainableModel,
} from "./model/model.js";
export {
  type ExchangeSizes,
  type LatentDraw,
  type LogLikelihoodOptions,
  type NetworkPair,
  VariationalAutoencoder,
} from "./model/variational-autoencoder.js";
export {
  type ConvolutionalDecoderOptions,
  type ConvolutionalEncoderOptions,
  convolutionalDecoder,
  convolutionalEncoder,
  type SquareImageShape,
} from "./network/convolutional.js";
export {
  type DenseDecoderOptions,
  type DenseEncoderOptions,
  type DenseLayersOptions,
  denseDecoder,
  denseEncoder,
  denseNetwork,
} from "./network/dense.js";
export {
  boundsOf,
  type Constant,
  finalValue,
  type Ramp,
  type Schedule,
  type Scheduled,
  scheduleAt,
} from "./schedule/schedule.js";
export type { BinaryRelaxation } from "./structured-prediction/binary-relaxation.js";
export type { MultiSampleOptions, StructuredPredictionOptions } from "./structured-prediction/options.js";
export {
  type StructuredPredictionModelOptions,
  type StructuredPredictionPreset,
  structuredPredictionAuthors,
  structuredPredictionFromPreset,
  structuredPredictionMnist,
} from "./structured-prediction/presets.js";
export { StructuredPrediction } from "./structured-prediction/structured-prediction.js";
export type { FitCallbacks } from "./training/callbacks.js";
export type { CheckpointOptions } from "./training/checkpointer.js";
export type { EarlyStopping, Monitor } from "./training/early-stopping.js";
export { type EvaluateOptions, type Evaluation, evaluate } from "./training/evaluate.js";
export { type FitOptions, fit, type History } from "./training/fit.js";
export type { GradientClipping } from "./training/gradient-clipping.js";
export type { BatchOptions, Binarization, ImageBatch, ImageSource } from "./training/image-source.js";
export type { EpochLog, Logs, StepLog, TrainingTerms } from "./training/logs.js";
export { type NonFiniteDetails, NonFiniteError } from "./training/non-finite-error.js";
export { RAdam, type RAdamOptions } from "./training/radam.js";
export { type VanishedGradients, vanishedGradients } from "./training/vanished-gradients.js";
export type { WeightAveraging } from "./training/weight-average.js";
