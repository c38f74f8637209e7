import { checkOneOf, describeValue } from "@igr/tensors";
import type { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import type { LatentConfig, LatentPart } from "../latent/latent-part.js";
import type { Likelihood, LikelihoodConfig } from "../likelihood/likelihood.js";
import type { TrainableModel } from "../model/model.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import { assignWeights } from "./assign-weights.js";
import { fetchModel, isFetched } from "./fetch-model.js";
import { build, type FromConfig, LATENTS, LIKELIHOODS, MODELS, network } from "./model-parts.js";
import { readModel } from "./read-model.js";
import { decodeSafetensors } from "./safetensors.js";
import { sha256 } from "./sha256.js";

/** Options of {@link load}. */
export interface LoadModelOptions {
  /** Latent parts of your own, by the kind that their `config()` names. */
  readonly latents?: Readonly<Record<string, FromConfig<LatentPart>>>;
  /** Likelihoods of your own, by the kind that their `config()` names. */
  readonly likelihoods?: Readonly<Record<string, FromConfig<Likelihood>>>;
  /**
   * Which checkpoint to read from a folder of `fit`: the `'latest'` (default) or the `'best'`. Ignored for a URL.
   */
  readonly which?: "latest" | "best";
}

/**
 * Reads a model that {@link save} wrote, or that `fit` left in its folder of checkpoints. The result has the class that
 * was saved. Name the class if it is not DiscreteVAE: `await load<JointVAE>(dir)`.
 *
 * URLs work in Node and in a page; in a page the address may also be relative to the page. A server does not list
 * folders, so the URL must be that of the folder with `config.json`; for a run, that is the folder of one checkpoint.
 *
 * @throws Error if there is no checkpoint, if its version or a kind is unknown, if config or weights have changed since
 * they were saved, or if the best checkpoint is gone or cannot be determined. The message names the file. TypeError for
 * an unknown option.
 *
 * @example
 * ```js
 * const model = await load("models/igr"); // a folder
 * const served = await load("https://example.org/models/igr"); // in a page too
 * ```
 */
export async function load<M extends TrainableModel = DiscreteVAE>(
  dir: string,
  options: LoadModelOptions = {},
): Promise<M> {
  checkNamedOptions("load", options, { latents: "optional", likelihoods: "optional", which: "optional" });
  const { latents = {}, likelihoods = {}, which = "latest" } = options;
  if (typeof dir !== "string") {
    throw new TypeError(`load: dir must be a folder or the URL of a served one, got ${describeValue(dir)}`);
  }
  checkOneOf("load", "which", which, ["latest", "best"]);
  const files = isFetched(dir) ? fetchModel(dir) : readModel(dir, which);
  const { config, configPath, weightsPath, bytes } = await files;
  const hash = await sha256("load", bytes);
  if (hash !== config.weights.sha256) {
    throw new Error(`load: ${weightsPath} has SHA-256 ${hash}, ${configPath} expects ${config.weights.sha256}`);
  }
  const tensors = decodeSafetensors(bytes, weightsPath);

  // Parts built before an error are disposed.
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
