import { createRng } from "@igr/core";
import {
  BernoulliLikelihood,
  type CategoricalEstimator,
  ContinuousBernoulliLikelihood,
  convolutionalDecoder,
  convolutionalEncoder,
  DeepGaussianMixture,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  GaussianLatent,
  GaussianLikelihood,
  type IgrStickBreakingLatent,
  JointVAE,
  type Likelihood,
  type StructuredPrediction,
  structuredPredictionFromPreset,
  structuredPredictionMnist,
} from "@igr/models";
import type { LatentConfiguration } from "../configuration/latent-schema.js";
import type { LikelihoodConfiguration, NetworksConfiguration } from "../configuration/model-schema.js";
import type { RunConfiguration } from "../configuration/schema.js";
import { buildLatent } from "./build-latent.js";

/** The models that the command trains. */
export type BuiltModel = DiscreteVAE | JointVAE | StructuredPrediction | DeepGaussianMixture;

type Schedules = ConstructorParameters<typeof JointVAE>[0]["capacities"];

/**
 * The image shape of a configuration's networks, [height, width, channels]. For convolutional networks, 28x28 is padded
 * to 32x32.
 */
export function imageShapeOf({
  data,
  model,
}: Pick<RunConfiguration, "data" | "model">): readonly [number, number, 1 | 3] {
  if (data.name === "celeba") return [64, 64, 3];
  if (data.name === "folder") return [data.size, data.size, data.channels];
  return "networks" in model && model.networks.kind === "convolutional" ? [32, 32, 1] : [28, 28, 1];
}

/**
 * The model of a configuration. Weights and prior depend only on its seed, so networks of the same shape start from the
 * same numbers for all relaxations.
 */
export function buildModel(configuration: RunConfiguration): BuiltModel {
  const { model, seed } = configuration;
  const rng = createRng(seed);
  if (model.kind === "structured-prediction") {
    const { kind: _, ...settings } = model;
    const preset = structuredPredictionMnist({ ...settings, igrScale: "learned" });
    const { latent } = configuration;
    if (latent.kind === "binary") {
      return structuredPredictionFromPreset(preset, { estimator: latent.estimator as CategoricalEstimator, rng });
    }
    return structuredPredictionFromPreset(preset, { relaxation: binaryRelaxation(latent), rng });
  }
  const likelihood = buildLikelihood(configuration.likelihood);
  const latent = buildLatent(configuration.latent, seed);
  const networks = (outputs: number, inputs: number) =>
    buildNetworks(model.networks, imageShapeOf(configuration), { outputs, inputs, likelihood, seed });
  if (model.kind === "discrete-vae") {
    const { hardWeight, freeBits } = model.hardFirst ?? {};
    return new DiscreteVAE({
      ...networks(latent.encoderOutputs, latent.decoderInputs),
      latent,
      likelihood,
      ...(hardWeight === undefined ? {} : { hardWeight }),
      ...(freeBits === undefined ? {} : { freeBits }),
    });
  }
  if (model.kind === "mixture") {
    const { dimensions, spread } = model;
    return new DeepGaussianMixture({
      ...networks(latent.encoderOutputs + 2 * dimensions, dimensions),
      dimensions,
      spread,
      assignment: latent as IgrStickBreakingLatent,
      likelihood,
      rng: rng.fork("components"),
    });
  }
  const { continuousVariables, gamma, capacities, per, discreteKl, capAtLogK } = model;
  const continuous = new GaussianLatent({ variables: continuousVariables });
  return new JointVAE({
    ...networks(continuous.encoderOutputs + latent.encoderOutputs, continuous.decoderInputs + latent.decoderInputs),
    likelihood,
    continuous: [continuous],
    discrete: [latent],
    gamma,
    capacities: capacities as Schedules,
    per,
    penalizedDiscreteKl: discreteKl,
    ...(capAtLogK === undefined ? {} : { capAtLogK }),
  });
}

interface NetworkSizes {
  readonly outputs: number;
  readonly inputs: number;
  readonly likelihood: Likelihood;
  readonly seed: number;
}

function buildNetworks(
  networks: NetworksConfiguration,
  imageShape: readonly [number, number, 1 | 3],
  { outputs, inputs, likelihood: { outputsPerPixel }, seed }: NetworkSizes,
) {
  const rng = createRng(seed);
  const [encoderRng, decoderRng] = [rng.fork("encoder"), rng.fork("decoder")];
  if (networks.kind === "convolutional") {
    return {
      encoder: convolutionalEncoder({ imageShape, outputs, rng: encoderRng }),
      decoder: convolutionalDecoder({ imageShape, inputs, outputsPerPixel, rng: decoderRng }),
    };
  }
  const pixels = imageShape[0] * imageShape[1] * imageShape[2];
  const { encoderHidden, decoderHidden } = networks;
  return {
    encoder: denseEncoder({ imageShape: pixels, outputs, hidden: encoderHidden, rng: encoderRng }),
    decoder: denseDecoder({ inputs, outputs: pixels * outputsPerPixel, hidden: decoderHidden, rng: decoderRng }),
  };
}

function buildLikelihood(likelihood: LikelihoodConfiguration): Likelihood {
  // Grey pixels are as good for it as bits.
  if (likelihood.kind === "bernoulli") return new BernoulliLikelihood();
  if (likelihood.kind === "continuous-bernoulli") return new ContinuousBernoulliLikelihood();
  const { kind: _, ...options } = likelihood;
  return new GaussianLikelihood(options);
}

function binaryRelaxation(latent: LatentConfiguration) {
  switch (latent.kind) {
    case "binary-igr": {
      const { temperature, scale } = latent;
      return { kind: "igr", temperature, ...(scale === "learned" ? {} : { scale }) } as const;
    }
    case "binary-concrete":
      return { kind: "concrete", temperature: latent.temperature } as const;
    case "binary-gumbel":
      return { kind: "gumbel", temperature: latent.temperature } as const;
    default:
      throw new TypeError(`buildModel: structured prediction needs a relaxation of bits, got ${latent.kind}`);
  }
}
