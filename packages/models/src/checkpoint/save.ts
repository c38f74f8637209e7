import { makeFolder, removeAbandonedFiles, writeFileAtomically } from "@igr/files";
import type * as tf from "@tensorflow/tfjs-core";
import type { TrainableModel } from "../model/model.js";
import { nodeModules } from "./node-modules.js";
import { encodeSafetensors, type StoredTensor } from "./safetensors.js";

/** The version of the layout that {@link save} writes. */
export const CHECKPOINT_VERSION = 1;

/** The file that {@link save} writes last: the files that it names are complete. */
export const CONFIG_FILE = "config.json";

export interface CheckpointConfig {
  readonly format: "igr-model";
  readonly version: number;
  /**
   * SHA-256 of the rest of the config, by {@link configSha256}. Absent in configs of older versions, which had no hash.
   */
  readonly sha256?: string;
  /** Name of the file with all weights, in the safetensors layout, and its SHA-256. */
  readonly weights: { readonly file: string; readonly sha256: string };
  /**
   * The result of the model's `config()`: its kind, topologies, latent parts (fitted priors included) and likelihood.
   */
  readonly kind: string;
  readonly [part: string]: unknown;
}

/** The files of a saved model by name, the one that names the others last. */
export async function modelFiles(model: TrainableModel): Promise<Map<string, Uint8Array | string>> {
  const bytes = encodeSafetensors(await storedTensors("save", model.namedVariables()));
  const sha256 = sha256Of(bytes);
  const file = `weights-${sha256.slice(0, 16)}.safetensors`;
  const content = { weights: { file, sha256 }, ...model.config() };
  const head = { format: "igr-model", version: CHECKPOINT_VERSION } as const;
  const config: CheckpointConfig = { ...head, sha256: configSha256({ ...head, ...content }), ...content };
  return new Map<string, Uint8Array | string>([
    [file, bytes],
    [CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`],
  ]);
}

/**
 * The text that a config's hash covers: its JSON without the hash and without white space, so that the layout of the
 * file does not matter.
 */
export function configText(config: Readonly<Record<string, unknown>>): string {
  const { sha256: _, ...content } = config;
  return JSON.stringify(content);
}

/** The hash of a config, which is stored as one of its properties. */
export function configSha256(config: Readonly<Record<string, unknown>>): string {
  return sha256Of(configText(config));
}

/** A tensor, such as a variable, and the name that a file has for it. */
interface NamedTensor {
  readonly name: string;
  readonly variable: tf.Tensor;
}

/** Reads the values of variables one after the other. @throws TypeError for a dtype other than float32 and int32. */
export async function storedTensors(
  owner: string,
  variables: readonly NamedTensor[],
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, variable } of variables) {
    const data = await variable.data();
    if (!(data instanceof Float32Array || data instanceof Int32Array)) {
      throw new TypeError(`${owner}: '${name}' has dtype ${variable.dtype}; float32 and int32 can be saved`);
    }
    tensors.set(name, { shape: variable.shape, data });
  }
  return tensors;
}

export function sha256Of(bytes: Uint8Array | string): string {
  return nodeModules("save").crypto.createHash("sha256").update(bytes).digest("hex");
}

/**
 * Writes a model into a folder, which is created if it does not exist. The weights are written first, in the
 * safetensors layout, with their hash in the file name; then `config.json`, with the networks' topologies, the latent
 * part (fitted prior included), the likelihood and the name of the weights file. Each file appears under its name only
 * when complete: a reader of `config.json` finds the matching weights at any moment, even after a crash. Weights that
 * the config no longer names are deleted. Node only.
 */
export async function save(model: TrainableModel, dir: string): Promise<void> {
  const { fs, path } = nodeModules("save");
  const files = await modelFiles(model);
  await makeFolder(dir);
  for (const [name, content] of files) await writeFileAtomically(path.join(dir, name), content);
  const isWeights = (name: string) => /^weights-[0-9a-f]{16}\.safetensors$/.test(name);
  const stale = (await fs.readdir(dir)).filter((name) => isWeights(name) && !files.has(name));
  await Promise.all(stale.map((name) => fs.rm(path.join(dir, name), { force: true })));
  await removeAbandonedFiles(dir, (name) => isWeights(name) || name === CONFIG_FILE);
}
