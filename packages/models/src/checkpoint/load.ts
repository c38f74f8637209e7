import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, models } from "@tensorflow/tfjs-layers";
import { DiscreteVAE } from "../discrete-vae.js";
import { GumbelSoftmaxLatent, type GumbelSoftmaxLatentOptions } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent, type IgrLatentOptions } from "../latent/igr-latent.js";
import type { Latent } from "../latent/latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { GaussianLikelihood, type GaussianLikelihoodOptions } from "../likelihood/gaussian-likelihood.js";
import type { Likelihood } from "../likelihood/likelihood.js";
import { nodeModules } from "./node-modules.js";
import { decodeSafetensors, type StoredTensor } from "./safetensors.js";
import { CHECKPOINT_VERSION, type CheckpointConfig, CONFIG_FILE, weightsOf } from "./save.js";

/** Builds an object from what its `config()` returned. */
export type FromConfig<T> = (config: Record<string, unknown>) => T;

export interface LoadOptions {
  /** Latent parts of your own, by the kind that their `config()` names. */
  readonly latents?: Readonly<Record<string, FromConfig<Latent>>>;
  /** Likelihoods of your own, by the kind that their `config()` names. */
  readonly likelihoods?: Readonly<Record<string, FromConfig<Likelihood>>>;
}

const LATENTS: Readonly<Record<string, FromConfig<Latent>>> = {
  igr: (config) => new IgrLatent(config as unknown as IgrLatentOptions),
  "gumbel-softmax": (config) => new GumbelSoftmaxLatent(config as unknown as GumbelSoftmaxLatentOptions),
};

const LIKELIHOODS: Readonly<Record<string, FromConfig<Likelihood>>> = {
  bernoulli: () => new BernoulliLikelihood(),
  gaussian: (config) => new GaussianLikelihood(config as GaussianLikelihoodOptions),
};

/**
 * Reads a model that {@link save} wrote. Node only.
 *
 * @throws Error if there is no checkpoint, its version or a kind is unknown, or the weights are not those that were saved;
 * the message names the file.
 */
export async function load(dir: string, { latents = {}, likelihoods = {} }: LoadOptions = {}): Promise<DiscreteVAE> {
  const { crypto, fs, path } = nodeModules("load");

  const configPath = path.join(dir, CONFIG_FILE);
  const config = parseConfig(await fs.readFile(configPath, "utf8"), configPath);
  const weightsPath = path.join(dir, path.basename(config.weights.file));
  const bytes = await fs.readFile(weightsPath);
  const sha256 = crypto.createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== config.weights.sha256) {
    throw new Error(`load: ${weightsPath} has SHA-256 ${sha256}, ${configPath} expects ${config.weights.sha256}`);
  }
  const tensors = decodeSafetensors(bytes, weightsPath);

  // What was built before an error is freed.
  const built: { dispose(): unknown }[] = [];
  const own = <T extends { dispose(): unknown }>(part: T): T => {
    built.push(part);
    return part;
  };
  try {
    const latent = own(build("latent", { ...LATENTS, ...latents }, config.latent, configPath));
    const likelihood = own(build("likelihood", { ...LIKELIHOODS, ...likelihoods }, config.likelihood, configPath));
    const encoder = own(await network(config.encoder));
    const decoder = own(await network(config.decoder));
    const model = new DiscreteVAE({ encoder, decoder, latent, likelihood });
    assign(model, tensors, weightsPath);
    return model;
  } catch (error) {
    for (const part of built) part.dispose();
    throw error;
  }
}

function parseConfig(text: string, path: string): CheckpointConfig {
  let config: Partial<CheckpointConfig> | null = null;
  try {
    config = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (config?.format !== "igr-discrete-vae" || typeof config.weights?.file !== "string") {
    throw new Error(`load: ${path} is not the config of a saved DiscreteVAE`);
  }
  if (config.version !== CHECKPOINT_VERSION) {
    throw new Error(`load: ${path} has version ${config.version}, this program reads version ${CHECKPOINT_VERSION}`);
  }
  return config as CheckpointConfig;
}

function build<T>(
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

function network(topology: object): Promise<LayersModel> {
  return models.modelFromJSON(topology as Parameters<typeof models.modelFromJSON>[0]);
}

function assign(model: DiscreteVAE, tensors: ReadonlyMap<string, StoredTensor>, path: string): void {
  const weights = weightsOf(model);
  for (const { name, variable } of weights) {
    const stored = tensors.get(name);
    if (!stored) throw new Error(`load: ${path} lacks '${name}'`);
    if (stored.shape.join() !== variable.shape.join()) {
      throw new Error(`load: '${name}' of ${path} has shape [${stored.shape}], the model needs [${variable.shape}]`);
    }
    tf.tidy(() => variable.assign(tf.tensor(stored.data, [...stored.shape], variable.dtype)));
  }
  if (tensors.size !== weights.length) {
    throw new Error(`load: ${path} holds ${tensors.size} tensors, the model has ${weights.length}`);
  }
}
