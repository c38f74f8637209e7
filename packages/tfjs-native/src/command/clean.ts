import { existsSync } from "node:fs";
import { Cache } from "../cache/cache.js";
import { explainFileError } from "../cache/file-error.js";
import { withLock } from "../cache/lock.js";

export interface CleanOptions {
  /** Root of the cache; by default IGR_TFJS_NATIVE_CACHE, else `igr-tfjs-native` in the user's cache folder. */
  readonly cache?: string;
}

/**
 * Removes what setup made, whole and half-built, after a setup that is at work has ended. Anything else in the folder stays.
 * @returns the bytes that were freed.
 * @throws NativeError `not-writable`, or `locked` where a setup does not end.
 */
export async function clean({ cache: root }: CleanOptions = {}): Promise<number> {
  const cache = new Cache(root);
  if (!existsSync(cache.folder)) return 0;
  try {
    return await withLock(cache.lock, async () => cache.clean());
  } catch (error) {
    throw explainFileError(error, "clean", cache.folder);
  }
}
