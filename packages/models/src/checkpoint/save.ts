import type { TrainableModel } from "../model/model.js";
import { nodeModules } from "./node-modules.js";
import { encodeSafetensors, type StoredTensor } from "./safetensors.js";

/** The version of the layout that {@link save} writes. */
export const CHECKPOINT_VERSION = 1;

/** The file that {@link save} writes last: what it names is complete. */
export const CONFIG_FILE = "config.json";

export interface CheckpointConfig {
  readonly format: "igr-model";
  readonly version: number;
  /** Name of the file with all weights, in the safetensors layout, and its SHA-256. */
  readonly weights: { readonly file: string; readonly sha256: string };
  /** What the model's `config()` gave: its kind, topologies, latent parts (fitted priors included) and likelihood. */
  readonly kind: string;
  readonly [part: string]: unknown;
}

/**
 * Writes a model into a folder, which is made if need be: weights in the safetensors layout under a name made of their
 * hash, then `config.json` with the networks' topologies, latent part (fitted prior included) and likelihood, which names
 * them. Each file appears under its name only when complete; whoever reads `config.json` at any moment, even after a crash,
 * finds the weights that belong to it. Weights that it no longer names are deleted. Node only.
 */
export async function save(model: TrainableModel, dir: string): Promise<void> {
  const { crypto, fs, path } = nodeModules("save");

  const tensors = new Map<string, StoredTensor>();
  for (const { name, variable } of model.namedVariables()) {
    const data = await variable.data();
    if (!(data instanceof Float32Array || data instanceof Int32Array)) {
      throw new TypeError(`save: '${name}' has dtype ${variable.dtype}; float32 and int32 can be saved`);
    }
    tensors.set(name, { shape: variable.shape, data });
  }
  const bytes = encodeSafetensors(tensors);
  const sha256 = crypto.createHash("sha256").update(bytes).digest("hex");
  const file = `weights-${sha256.slice(0, 16)}.safetensors`;
  const config: CheckpointConfig = {
    format: "igr-model",
    version: CHECKPOINT_VERSION,
    weights: { file, sha256 },
    ...model.config(),
  };

  await fs.mkdir(dir, { recursive: true });
  await writeAtomically(path.join(dir, file), bytes);
  await writeAtomically(path.join(dir, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
  const stale = (await fs.readdir(dir)).filter(
    (name) => /^weights-[0-9a-f]{16}\.safetensors$/.test(name) && name !== file,
  );
  await Promise.all(stale.map((name) => fs.rm(path.join(dir, name), { force: true })));
}

/** Writes beside the file, flushes, renames: a reader sees the old content or the new one. */
async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const { open, rename, rm } = nodeModules("save").fs;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, "w");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
