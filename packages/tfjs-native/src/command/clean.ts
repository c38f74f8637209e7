import { existsSync } from "node:fs";
import { Cache } from "../cache/cache.js";
import { explainFileError } from "../cache/file-error.js";
import { withCacheLock } from "../cache/lock.js";
import { Progress } from "../progress.js";

export interface CleanOptions {
  /** Root of the cache; by default IGR_TFJS_NATIVE_CACHE, else `igr-tfjs-native` in the user's cache folder. */
  readonly cache?: string;
  /** Receives the message that a setup is running; stderr by default. */
  readonly progress?: Progress;
  /** Ends the wait for a running setup. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for a running setup, and then removes everything that setup made, complete or not. Other files in the folder stay.
 * @returns the number of bytes that were freed.
 * @throws NativeError `not-writable`, or `locked` if a setup does not end.
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
