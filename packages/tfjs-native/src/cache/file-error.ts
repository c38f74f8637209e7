import { NativeError } from "../native-error.js";

/**
 * An error of the file system in the cache, as a sentence of `owner` that says what to do. Any other error is returned unchanged.
 */
export function explainFileError(error: unknown, owner: "setup" | "clean", folder: string): unknown {
  const { code, syscall, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (error instanceof NativeError || code === undefined || syscall === undefined) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new NativeError(
      "disk-full",
      `${owner}: no room is left for ${folder} (${message}); make room, or name another place by IGR_TFJS_NATIVE_CACHE`,
      error,
    );
  }
  return new NativeError(
    "not-writable",
    `${owner}: ${folder} can't be written (${message}); give this user the right to, or name another place by ` +
      "IGR_TFJS_NATIVE_CACHE. Complete add-ons there can still be loaded",
    error,
  );
}
