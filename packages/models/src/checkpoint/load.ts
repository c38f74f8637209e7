import { createRng } from "@igr/core";
import { checkOneOf } from "@igr/tensors";
import { type LayersModel, models as layersModels } from "@tensorflow/tfjs-layers";
import { DeepGaussianMixture } from "../deep-gaussian-mixture/deep-gaussian-mixture.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import type { HardFirstOptions } from "../discrete-vae/hard-first.js";
import { JointVAE, type JointVAEOptions } from "../joint-vae/joint-vae.js";
import { CategoricalLatent, type CategoricalLatentOptions } from "../latent/categorical-latent.js";
import { GaussianLatent, type GaussianLatentOptions } from "../latent/gaussian-latent.js";
import { GumbelSoftmaxLatent, type GumbelSoftmaxLatentOptions } from "../latent/gumbel-softmax-latent.js";
import { IgrCategoricalLatent, type IgrCategoricalLatentOptions } from "../latent/igr-categorical-latent.js";
import { IgrLatent, type IgrLatentOptions } from "../latent/igr-latent.js";
import { IgrPlanarLatent, type IgrPlanarLatentOptions } from "../latent/igr-planar-latent.js";
import { IgrStickBreakingLatent, type IgrStickBreakingLatentOptions } from "../latent/igr-stick-breaking-latent.js";
import type { Latent } from "../latent/latent.js";
import type { LatentConfig, LatentPart } from "../latent/latent-part.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { ContinuousBernoulliLikelihood } from "../likelihood/continuous-bernoulli-likelihood.js";
import { GaussianLikelihood, type GaussianLikelihoodOptions } from "../likelihood/gaussian-likelihood.js";
import type { Likelihood, LikelihoodConfig } from "../likelihood/likelihood.js";
import type { TrainableModel } from "../model/model.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { StructuredPredictionOptions } from "../structured-prediction/options.js";
import { StructuredPrediction } from "../structured-prediction/structured-prediction.js";
import { assignWeights } from "./assign-weights.js";
import { nodeModules } from "./node-modules.js";
import { decodeSafetensors } from "./safetensors.js";
import { CHECKPOINT_VERSION, type CheckpointConfig, CONFIG_FILE, configSha256 } from "./save.js";
import { bestOfRun, checkpointNames } from "./training-checkpoints.js";

/** Builds an object from what its `config()` returned. */
export type FromConfig<T> = (config: Record<string, unknown>) => T;

/** Options of {@link load}. */
export interface LoadModelOptions {
  /** Latent parts of your own, by the kind that their `config()` names. */
  readonly latents?: Readonly<Record<string, FromConfig<LatentPart>>>;
  /** Likelihoods of your own, by the kind that their `config()` names. */
  readonly likelihoods?: Readonly<Record<string, FromConfig<Likelihood>>>;
  /** Of a folder that `fit` keeps checkpoints in: the model of the `'latest'` one (default), or of the `'best'` one. */
  readonly which?: "latest" | "best";
}

const LATENTS: Readonly<Record<string, FromConfig<LatentPart>>> = {
  categorical: (config) => new CategoricalLatent(config as unknown as CategoricalLatentOptions),
  gaussian: (config) => new GaussianLatent(config as unknown as GaussianLatentOptions),
  igr: (config) => new IgrLatent(config as unknown as IgrLatentOptions),
  "igr-categorical": (config) => new IgrCategoricalLatent(config as unknown as IgrCategoricalLatentOptions),
  // Where its flows started does not matter: the weights that were saved follow.
  "igr-planar": (config) =>
    new IgrPlanarLatent({ ...(config as unknown as IgrPlanarLatentOptions), rng: createRng("igr-planar") }),
  "igr-sb": (config) => new IgrStickBreakingLatent(config as unknown as IgrStickBreakingLatentOptions),
  "gumbel-softmax": (config) => new GumbelSoftmaxLatent(config as unknown as GumbelSoftmaxLatentOptions),
};

const LIKELIHOODS: Readonly<Record<string, FromConfig<Likelihood>>> = {
  bernoulli: () => new BernoulliLikelihood(),
  "continuous-bernoulli": () => new ContinuousBernoulliLikelihood(),
  gaussian: (config) => new GaussianLikelihood(config as GaussianLikelihoodOptions),
};

/** Builds the parts that a model's config describes; what it has built is freed if a later part fails. */
interface Parts {
  network(topology: unknown): Promise<LayersModel>;
  latent(config: unknown): LatentPart;
  likelihood(config: unknown): Likelihood;
}

const MODELS: Readonly<Record<string, (config: CheckpointConfig, parts: Parts) => Promise<TrainableModel>>> = {
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
      // Where its components started does not matter: the weights that were saved follow.
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

/** Those options that are in the config. */
function hardFirstOf(config: CheckpointConfig): HardFirstOptions {
  const names = ["freeBits", "hardWeight", "hardPrior"];
  return Object.fromEntries(names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}

/**
 * Reads a model that {@link save} wrote, or that `fit` left in its folder of checkpoints. Node only. It is of the class that was
 * saved: name it where it is no DiscreteVAE, `await load<JointVAE>(dir)`.
 *
 * @throws Error if there is no checkpoint, its version or a kind is unknown, config or weights are not what was saved, or the best
 * checkpoint is gone or can't be told; the message names the file.
 */
export async function load<M extends TrainableModel = DiscreteVAE>(dir: string, options: LoadModelOptions = {}): Promise<M> {
  checkNamedOptions("load", options, { latents: "optional", likelihoods: "optional", which: "optional" });
  const { latents = {}, likelihoods = {}, which = "latest" } = options;
  const { crypto } = nodeModules("load");
  checkOneOf("load", "which", which, ["latest", "best"]);

  const { config, configPath, weightsPath, bytes } = await readModel(dir, which);
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
    const model = await MODELS[config.kind]!(config, {
      network: async (topology) => own(await network(topology as object)),
      latent: (part) => own(build("latent", { ...LATENTS, ...latents }, part as LatentConfig, configPath)),
      likelihood: (part) =>
        own(build("likelihood", { ...LIKELIHOODS, ...likelihoods }, part as LikelihoodConfig, configPath)),
    });
    assignWeights("load", model, tensors, weightsPath);
    return model as M;
  } catch (error) {
    for (const part of built) part.dispose();
    throw error;
  }
}

interface ModelFiles {
  readonly config: CheckpointConfig;
  readonly configPath: string;
  readonly weightsPath: string;
  readonly bytes: Uint8Array;
}

/** Reads a model's files; of a run under way the next checkpoint, where the one that was chosen is deleted meanwhile. */
async function readModel(dir: string, which: "latest" | "best", attempts = 5): Promise<ModelFiles> {
  const { fs, path } = nodeModules("load");
  const folder = await modelFolder(dir, which);
  try {
    const configPath = path.join(folder, CONFIG_FILE);
    const config = parseConfig(await fs.readFile(configPath, "utf8"), configPath);
    const weightsPath = path.join(folder, path.basename(config.weights.file));
    return { config, configPath, weightsPath, bytes: await fs.readFile(weightsPath) };
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === "ENOENT" && folder !== dir;
    if (!isGone || attempts === 1 || (await checkpointNames(dir)).includes(path.basename(folder))) throw error;
    return readModel(dir, which, attempts - 1);
  }
}

/** The folder that holds the model's files: `dir` itself, or a checkpoint in it. */
async function modelFolder(dir: string, which: "latest" | "best"): Promise<string> {
  const { fs, path } = nodeModules("load");
  const entries = await fs.readdir(dir).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`load: ${dir} must be a folder with a saved model or checkpoints of fit: ${cause.message}`, {
      cause,
    });
  });
  if (entries.includes(CONFIG_FILE)) return dir;
  const name = which === "best" ? await bestOfRun(dir) : (await checkpointNames(dir)).at(-1);
  if (name === undefined) {
    const lacking = which === "best" ? "no checkpoint with a score" : "no checkpoint of fit";
    throw new Error(
      `load: ${dir} holds no saved model (${CONFIG_FILE}) and ${lacking}, only ${entries.join(", ") || "nothing"}`,
    );
  }
  return path.join(dir, name);
}

function parseConfig(text: string, path: string): CheckpointConfig {
  let config: Partial<CheckpointConfig> | null = null;
  try {
    config = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (config?.format !== "igr-model" || typeof config.weights?.file !== "string") {
    throw new Error(`load: ${path} is not the config of a saved model`);
  }
  if (config.version !== CHECKPOINT_VERSION) {
    throw new Error(`load: ${path} has version ${config.version}, this program reads version ${CHECKPOINT_VERSION}`);
  }
  if (config.sha256 !== undefined && configSha256(config) !== config.sha256) {
    throw new Error(
      `load: ${path} is not what was written: its SHA-256 is ${configSha256(config)}, not ${config.sha256}`,
    );
  }
  if (!Object.hasOwn(MODELS, config.kind ?? "")) {
    throw new Error(`load: ${path} has a model of kind '${config.kind}'; known are ${Object.keys(MODELS).join(", ")}`);
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
  return layersModels.modelFromJSON(topology as Parameters<typeof layersModels.modelFromJSON>[0]);
}
