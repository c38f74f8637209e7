import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where everything that this package makes lies: `IGR_TFJS_NATIVE_CACHE`, else `igr-tfjs-native` in the user's cache folder
 * (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on macOS). Nothing is written elsewhere.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { IGR_TFJS_NATIVE_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  if (own) return own;
  if (shared) return join(shared, "igr-tfjs-native");
  return process.platform === "darwin"
    ? join(homedir(), "Library", "Caches", "igr-tfjs-native")
    : join(homedir(), ".cache", "igr-tfjs-native");
}
