import { createRng } from "@igr/core";
import { type LayersModel, models as layersModels } from "@tensorflow/tfjs-layers";
import { DeepGaussianMixture } from "../deep-gaussian-mixture/deep-gaussian-mixture.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import type { HardFirstOptions } from "../discrete-vae/hard-first.js";
import { JointVAE, type JointVAEOptions } from "../joint-vae/joint-vae.js";
import { CategoricalLatent, type CategoricalLatentOptions } from "../latent/categorical-latent.js";
import { GaussianLatent, type GaussianLatentOptions } from "../latent/gaussian-latent.js";
import { GumbelSoftmaxLatent, type GumbelSoftmaxLatentOptions } from "../latent/gumbel-softmax-latent.js";
import { IgrCategoricalLatent, type IgrCategoricalLatentOptions } from "../latent/igr-categorical-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import type { IgrLatentOptions } from "../latent/igr-latent-options.js";
import { IgrPlanarLatent, type IgrPlanarLatentOptions } from "../latent/igr-planar-latent.js";
import { IgrStickBreakingLatent, type IgrStickBreakingLatentOptions } from "../latent/igr-stick-breaking-latent.js";
import type { Latent } from "../latent/latent.js";
import type { LatentPart } from "../latent/latent-part.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { ContinuousBernoulliLikelihood } from "../likelihood/continuous-bernoulli-likelihood.js";
import { GaussianLikelihood, type GaussianLikelihoodOptions } from "../likelihood/gaussian-likelihood.js";
import type { Likelihood } from "../likelihood/likelihood.js";
import type { TrainableModel } from "../model/model.js";
import type { StructuredPredictionOptions } from "../structured-prediction/options.js";
import { StructuredPrediction } from "../structured-prediction/structured-prediction.js";
import type { CheckpointConfig } from "./save.js";

/** Builds an object from what its `config()` returned. */
export type FromConfig<T> = (config: Record<string, unknown>) => T;

function igrStickBreaking(config: Record<string, unknown>): LatentPart {
  return new IgrStickBreakingLatent(config as unknown as IgrStickBreakingLatentOptions);
}

/** The latent parts of this package, by the kind of their configs. */
export const LATENTS: Readonly<Record<string, FromConfig<LatentPart>>> = {
  categorical: (config) => new CategoricalLatent(config as unknown as CategoricalLatentOptions),
  gaussian: (config) => new GaussianLatent(config as unknown as GaussianLatentOptions),
  igr: (config) => new IgrLatent(config as unknown as IgrLatentOptions),
  "igr-categorical": (config) => new IgrCategoricalLatent(config as unknown as IgrCategoricalLatentOptions),
  // The initial flows do not matter: the saved weights replace them.
  "igr-planar": (config) =>
    new IgrPlanarLatent({ ...(config as unknown as IgrPlanarLatentOptions), rng: createRng("igr-planar") }),
  // Files use the first name, @igr/core the second.
  "igr-sb": igrStickBreaking,
  "igr-stick-breaking": igrStickBreaking,
  "gumbel-softmax": (config) => new GumbelSoftmaxLatent(config as unknown as GumbelSoftmaxLatentOptions),
};

/** The likelihoods of this package, by the kind of their configs. */
export const LIKELIHOODS: Readonly<Record<string, FromConfig<Likelihood>>> = {
  bernoulli: () => new BernoulliLikelihood(),
  "continuous-bernoulli": () => new ContinuousBernoulliLikelihood(),
  gaussian: (config) => new GaussianLikelihood(config as GaussianLikelihoodOptions),
};

/** Builds the parts that a model's config describes. If a part fails, the parts built before it are disposed. */
export interface Parts {
  network(topology: unknown): Promise<LayersModel>;
  latent(config: unknown): LatentPart;
  likelihood(config: unknown): Likelihood;
}

/** The models of this package, by the kind of their configs. */
export const MODELS: Readonly<Record<string, (config: CheckpointConfig, parts: Parts) => Promise<TrainableModel>>> = {
  "discrete-vae": async (config, parts) =>
    new DiscreteVAE({
      ...hardFirstOf(config),
      latent: parts.latent(config.latent) as Latent,
      likelihood: parts.likelihood(config.likelihood),
      encoder: await parts.network(config.encoder),
      decoder: await parts.network(config.decoder),
    }),
  "deep-gaussian-mixture": async (config, parts) =>
    new DeepGaussianMixture({
      dimensions: config.dimensions as number,
      assignment: parts.latent(config.assignment) as IgrStickBreakingLatent,
      likelihood: parts.likelihood(config.likelihood),
      encoder: await parts.network(config.encoder),
      decoder: await parts.network(config.decoder),
      // The initial components do not matter: the saved weights replace them.
      rng: createRng("deep-gaussian-mixture"),
    }),
  "structured-prediction": async ({ networks, relaxation, estimator, support, samples }, parts) => {
    const options = { relaxation, estimator, support, samples } as Omit<StructuredPredictionOptions, "networks">;
    const topologies = networks as unknown[];
    return new StructuredPrediction({ ...options, networks: await Promise.all(topologies.map(parts.network)) });
  },
  "joint-vae": async ({ gamma, capacities, per, discreteKl, capAtLogK, ...config }, parts) =>
    new JointVAE({
      ...({ gamma, capacities, per, discreteKl, capAtLogK } as Pick<JointVAEOptions, "gamma" | "capacities">),
      continuous: (config.continuous as unknown[]).map((part) => parts.latent(part)),
      discrete: (config.discrete as unknown[]).map((part) => parts.latent(part) as Latent),
      likelihood: parts.likelihood(config.likelihood),
      encoder: await parts.network(config.encoder),
      decoder: await parts.network(config.decoder),
    }),
};

/** The options that the config contains. */
function hardFirstOf(config: CheckpointConfig): HardFirstOptions {
  const names = ["freeBits", "hardWeight", "hardPrior"];
  return Object.fromEntries(names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}

/**
 * Builds a latent part or a likelihood from its config.
 * @throws Error, naming the file, for an unknown kind.
 */
export function build<T>(
  what: "latent" | "likelihood",
  known: Readonly<Record<string, FromConfig<T>>>,
  config: { readonly kind: string },
  path: string,
): T {
  const { kind, ...options } = config;
  const fromConfig = Object.hasOwn(known, kind) ? known[kind] : undefined;
  if (!fromConfig) {
    throw new Error(
      `load: ${path} has a ${what} of kind '${kind}'; known are ${Object.keys(known).join(", ")}: ` +
        `pass { ${what}s: { '${kind}': (config) => .. } }`,
    );
  }
  return fromConfig(options);
}

/** Builds a network from its topology; its weights are loaded later. */
export function network(topology: object): Promise<LayersModel> {
  return layersModels.modelFromJSON(topology as Parameters<typeof layersModels.modelFromJSON>[0]);
}
