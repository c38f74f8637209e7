import { existsSync } from "node:fs";
import { Cache } from "../cache/cache.js";
import { withLock } from "../cache/lock.js";

export interface CleanOptions {
  /** Root of the cache; by default IGR_TFJS_NATIVE_CACHE, else `igr-tfjs-native` in the user's cache folder. */
  readonly cache?: string;
}

/**
 * Removes what setup made, whole and half-built, after a setup that is at work has ended. Anything else in the folder stays.
 * @returns the bytes that were freed.
 */
export async function clean({ cache: root }: CleanOptions = {}): Promise<number> {
  const cache = new Cache(root);
  if (!existsSync(cache.folder)) return 0;
  return withLock(cache.lock, async () => cache.clean());
}
