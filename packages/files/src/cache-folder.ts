import { requireNodeModules } from "./node-modules.js";

/** The environment that {@link cacheFolder} reads; by default that of this process. */
export interface CacheFolderOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/**
 * The folder where the program `name` (lower case with hyphens, `igr-datasets`) keeps files that it can make or download again. It is the first of
 *
 * 1. the program's own variable: `IGR_DATASETS_CACHE`, the name in capitals with `_CACHE`;
 * 2. `IGR_CACHE`, a folder for all of these programs, each in a folder of its name;
 * 3. the folder `name` in the user's cache folder: `$XDG_CACHE_HOME`, else `~/.cache`, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on
 *    Windows.
 *
 * An empty variable is ignored. A relative `XDG_CACHE_HOME` is ignored too, as the XDG Base Directory Specification requires.
 */
export function cacheFolder(name: string, options: CacheFolderOptions = {}): string {
  const { os, path } = requireNodeModules("cacheFolder");
  const { environment = process.env, platform = process.platform } = options;
  const own = environment[`${name.toUpperCase().replaceAll("-", "_")}_CACHE`];
  if (own) return own;
  if (environment.IGR_CACHE) return path.join(environment.IGR_CACHE, name);
  const { XDG_CACHE_HOME: shared, LOCALAPPDATA: local } = environment;
  const home = os.homedir();
  if (platform === "win32") return path.join(local || path.join(home, "AppData", "Local"), name);
  if (shared && path.isAbsolute(shared)) return path.join(shared, name);
  return platform === "darwin" ? path.join(home, "Library", "Caches", name) : path.join(home, ".cache", name);
}
