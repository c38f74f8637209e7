import { createRng, fitPrior } from "@igr/core";
import {
  BernoulliLikelihood,
  convolutionalDecoder,
  convolutionalEncoder,
  DeepGaussianMixture,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  GaussianLikelihood,
  GumbelSoftmaxLatent,
  IgrLatent,
  IgrPlanarLatent,
  IgrStickBreakingLatent,
  JointVAE,
  type JointVAEPreset,
  jointVaeCelebA,
  jointVaeFashionMnist,
  jointVaeFromPreset,
  jointVaeMnist,
  type Latent,
  type Likelihood,
  type StructuredPrediction,
  structuredPredictionFromPreset,
  structuredPredictionMnist,
} from "@igr/models";
import type { RunConfiguration } from "./configuration.js";

/** The models that the command trains. */
export type BuiltModel = DiscreteVAE | JointVAE | StructuredPrediction | DeepGaussianMixture;

/** Dimensions of the continuous latents of a mixture. */
const MIXTURE_DIMENSIONS = 10;

/** Height, width and channels of the images that a configuration's networks take: 28x28 padded to 32x32 for convolutional ones. */
export function imageShapeOf({ dataset, architecture }: RunConfiguration): readonly [number, number, number] {
  if (dataset === "celeba") return [64, 64, 3];
  return architecture === "convolutional" ? [32, 32, 1] : [28, 28, 1];
}

/**
 * The model of a configuration. Weights and prior depend on its seed alone: networks that different relaxations share
 * start from the same numbers.
 */
export function buildModel(configuration: RunConfiguration): BuiltModel {
  const { model = "discrete-vae", seed } = configuration;
  const rng = createRng(seed);
  if (model === "structured-prediction") {
    const kind = configuration.relaxation === "gs" ? "concrete" : "igr";
    const relaxation = { kind, temperature: configuration.temperature } as const;
    return structuredPredictionFromPreset(structuredPredictionMnist(), { relaxation, rng });
  }
  const likelihood = buildLikelihood(configuration);
  const latent = buildLatent(configuration);
  if (model === "discrete-vae") {
    const networks = buildNetworks(configuration, latent.encoderOutputs, latent.decoderInputs, likelihood);
    return new DiscreteVAE({ ...networks, latent, likelihood });
  }
  if (model === "mixture") {
    const dimensions = MIXTURE_DIMENSIONS;
    const networks = buildNetworks(configuration, latent.encoderOutputs + 2 * dimensions, dimensions, likelihood);
    const assignment = latent as IgrStickBreakingLatent;
    return new DeepGaussianMixture({ ...networks, dimensions, assignment, likelihood, rng: rng.fork("components") });
  }
  const preset = presetOf(configuration);
  const joint = jointVaeFromPreset(preset, { discrete: latent, likelihood, rng });
  if (configuration.architecture !== "dense") return joint;
  // The convolutional networks give way to dense ones; all else of the preset stays.
  const { continuous, discrete, gamma, capacities } = joint;
  const parts = [...continuous, ...discrete];
  const total = (size: (part: (typeof parts)[number]) => number) => parts.reduce((sum, part) => sum + size(part), 0);
  joint.encoder.dispose();
  joint.decoder.dispose();
  const outputs = total((part) => part.encoderOutputs);
  const networks = buildNetworks(
    configuration,
    outputs,
    total((part) => part.decoderInputs),
    likelihood,
  );
  return new JointVAE({ ...networks, likelihood, continuous, discrete, gamma, capacities });
}

function presetOf({ dataset, capacitySteps }: RunConfiguration): JointVAEPreset {
  const presets = { mnist: jointVaeMnist, "fashion-mnist": jointVaeFashionMnist, celeba: jointVaeCelebA };
  const preset = presets[dataset]();
  if (capacitySteps === undefined) return preset;
  const { continuous, discrete } = preset.capacities;
  const steps = capacitySteps;
  return { ...preset, capacities: { continuous: { ...continuous, steps }, discrete: { ...discrete, steps } } };
}

function buildNetworks(
  configuration: RunConfiguration,
  outputs: number,
  inputs: number,
  { outputsPerPixel }: Likelihood,
) {
  const rng = createRng(configuration.seed);
  const [encoderRng, decoderRng] = [rng.fork("encoder"), rng.fork("decoder")];
  if (configuration.architecture === "convolutional") {
    const imageShape = imageShapeOf(configuration);
    return {
      encoder: convolutionalEncoder({ imageShape, outputs, rng: encoderRng }),
      decoder: convolutionalDecoder({ imageShape, inputs, outputsPerPixel, rng: decoderRng }),
    };
  }
  return {
    encoder: denseEncoder({ outputs, rng: encoderRng }),
    decoder: denseDecoder({ inputs, outputs: 784 * outputsPerPixel, rng: decoderRng }),
  };
}

function buildLikelihood({ likelihood }: RunConfiguration): Likelihood {
  switch (likelihood) {
    case "bernoulli":
      return new BernoulliLikelihood();
    case "gaussian":
      return new GaussianLikelihood({ scale: "learned" });
    case "paper-gaussian":
      return GaussianLikelihood.paperPreset();
  }
}

function buildLatent(configuration: RunConfiguration): Latent {
  const { relaxation, variables, categories, temperature, delta, seed, flows = 2, maxCategories = 50 } = configuration;
  const size = { variables, categories, temperature };
  if (relaxation === "gs") return new GumbelSoftmaxLatent(size);
  const isSticks = relaxation === "igr-sb";
  // Of the sticks the prior favours as many as there are categories, alike, and leaves the others to the data. Their scale is fixed:
  // free, mean matching makes it so small that the KL of the first steps is thousands of nats.
  const count = isSticks ? Math.max(categories, maxCategories) : categories;
  const fitted = fitPrior({
    target: Array.from({ length: count }, (_, k) => (k < categories ? 1 / categories : 0)),
    transform: isSticks ? "stick-breaking" : "softmax++",
    temperature,
    delta,
    ...(isSticks ? { scale: 1 } : {}),
    rng: createRng(seed).fork("prior"),
  });
  try {
    if (isSticks)
      return new IgrStickBreakingLatent({ variables, maxCategories: count, temperature, delta, prior: fitted });
    if (relaxation === "igr") return new IgrLatent({ ...size, delta, prior: fitted });
    return new IgrPlanarLatent({ ...size, delta, depth: flows, prior: fitted, rng: createRng(seed).fork("flows") });
  } finally {
    fitted.dispose();
  }
}
