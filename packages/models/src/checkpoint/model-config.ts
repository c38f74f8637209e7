import { MODELS } from "./model-parts.js";
import { CHECKPOINT_VERSION, type CheckpointConfig, configText } from "./save.js";
import { sha256 } from "./sha256.js";

/** The contents of a saved model. */
export interface ModelFiles {
  readonly config: CheckpointConfig;
  /** Paths of config and weights, for error messages. */
  readonly configPath: string;
  readonly weightsPath: string;
  /** The weights, in the safetensors layout. */
  readonly bytes: Uint8Array;
}

/**
 * Parses the text of a config file.
 * @throws Error, naming the file, if {@link save} did not write it, it has changed since, or its version or kind is
 * unknown.
 */
export async function parseConfig(text: string, path: string): Promise<CheckpointConfig> {
  let config: Partial<CheckpointConfig> | null = null;
  try {
    config = JSON.parse(text);
  } catch {
    // Rejected below.
  }
  if (config?.format !== "igr-model" || typeof config.weights?.file !== "string") {
    throw new Error(`load: ${path} is not the config of a saved model`);
  }
  if (config.version !== CHECKPOINT_VERSION) {
    throw new Error(`load: ${path} has version ${config.version}, this program reads version ${CHECKPOINT_VERSION}`);
  }
  const hash = config.sha256 === undefined ? undefined : await sha256("load", configText(config));
  if (hash !== config.sha256) {
    throw new Error(`load: ${path} is not what was written: its SHA-256 is ${hash}, not ${config.sha256}`);
  }
  if (!Object.hasOwn(MODELS, config.kind ?? "")) {
    throw new Error(`load: ${path} has a model of kind '${config.kind}'; known are ${Object.keys(MODELS).join(", ")}`);
  }
  return config as CheckpointConfig;
}
