import { type ModelFiles, parseConfig } from "./model-config.js";
import { CONFIG_FILE } from "./save.js";

/** Whether `load` fetches from this address: a URL, or in a page also an address relative to the page. */
export function isFetched(dir: string): boolean {
  return /^https?:/i.test(dir) || globalThis.process?.getBuiltinModule === undefined;
}

/**
 * Fetches a model's files from a served folder: one that {@link save} wrote, or one checkpoint of a run. It can't find
 * the latest checkpoint of a run, because servers do not list folders.
 * @throws Error, naming the address, if a file can't be fetched or is not one of a saved model.
 */
export async function fetchModel(address: string): Promise<ModelFiles> {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const folder = new URL(address.endsWith("/") ? address : `${address}/`, page);
  const at = (file: string) => new URL(file, folder).href;
  const configPath = at(CONFIG_FILE);
  const config = await parseConfig(await (await fetched(configPath)).text(), configPath);
  // Only the base name: a path in the config must not lead out of the folder.
  const weightsPath = at(encodeURIComponent(config.weights.file));
  return { config, configPath, weightsPath, bytes: new Uint8Array(await (await fetched(weightsPath)).arrayBuffer()) };
}

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause: Error) => {
    throw new Error(`load: ${url} can't be fetched: ${cause.message}`, { cause });
  });
  if (!response.ok) {
    throw new Error(
      `load: ${url} can't be fetched (${response.status} ${response.statusText}); the address must be that of a folder with ${CONFIG_FILE}`,
    );
  }
  return response;
}
