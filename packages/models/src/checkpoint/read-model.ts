import { type ModelFiles, parseConfig } from "./model-config.js";
import { nodeModules } from "./node-modules.js";
import { CONFIG_FILE } from "./save.js";
import { bestOfRun, checkpointNames } from "./training-checkpoints.js";

/**
 * Reads a model's files from a folder. If a running `fit` deletes the chosen checkpoint meanwhile, the choice is made
 * again.
 * @throws Error if there is no saved model.
 */
export async function readModel(dir: string, which: "latest" | "best", attempts = 5): Promise<ModelFiles> {
  const { fs, path } = nodeModules("load");
  const folder = await modelFolder(dir, which);
  try {
    const configPath = path.join(folder, CONFIG_FILE);
    const config = await parseConfig(await fs.readFile(configPath, "utf8"), configPath);
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
