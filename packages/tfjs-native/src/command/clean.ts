import { existsSync } from "node:fs";
import { Cache } from "../cache/cache.js";
import { explainFileError } from "../cache/file-error.js";
import { withCacheLock } from "../cache/lock.js";
import { Progress } from "../progress.js";

export interface CleanOptions {
  /** Root of the cache; by default IGR_TFJS_NATIVE_CACHE, else `igr-tfjs-native` in the user's cache folder. */
  readonly cache?: string;
  /** Where it is said that a setup is at work; by default stderr. */
  readonly progress?: Progress;
  /** Ends the wait for a setup that is at work. */
  readonly signal?: AbortSignal;
}

/**
 * Removes what setup made, whole and half-built, after a setup that is at work has ended. Anything else in the folder stays.
 * @returns the bytes that were freed.
 * @throws NativeError `not-writable`, or `locked` where a setup does not end.
 */
export async function clean({ cache: root, progress = new Progress(), signal }: CleanOptions = {}): Promise<number> {
  const cache = new Cache(root);
  if (!existsSync(cache.folder)) return 0;
  try {
    return await withCacheLock("clean", cache.lock, async () => cache.clean(), {
      signal,
      onWait: (holder) => progress.note(`A setup is at work (${holder}): waiting for it to end`),
    });
  } catch (error) {
    throw explainFileError(error, "clean", cache.folder);
  }
}
