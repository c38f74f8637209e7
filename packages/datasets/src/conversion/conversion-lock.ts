import { FileLock, LockError, type LockHolder } from "@igr/files";
import { DatasetError } from "../dataset-error.js";

/**
 * Runs `work` while the lock file `path` names this call, so that no two programs, threads or machines that share the cache write the
 * same files. The lock of a killed program is taken over.
 *
 * @throws DatasetError `busy` if another program holds it, or has taken it over; `unreadable` if the folder can't be written.
 */
export async function withConversionLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (lock: FileLock) => Promise<T>,
): Promise<T> {
  const lock = await FileLock.take(path, { owner: "conversion", signal }).catch((cause: unknown) => {
    throw signal?.aborted ? cause : explained(path, cause);
  });
  try {
    return await work(lock);
  } catch (cause) {
    throw cause instanceof LockError ? explained(path, cause) : cause;
  } finally {
    await lock.release();
  }
}

function explained(path: string, cause: unknown): DatasetError {
  if (!(cause instanceof LockError)) {
    const expected = "a folder that can be written";
    const found = (cause as Error).message;
    const advice = "pass another folder as cacheDir";
    return new DatasetError({ reason: "unreadable", file: path, expected, found, advice, cause });
  }
  return new DatasetError({
    reason: "busy",
    file: path,
    expected: "no other program that converts the same images",
    found: cause.reason === "gone" ? "that its folder was deleted" : nameOf(cause.holder),
    advice: "wait for it, or remove the file if that is another program",
    cause,
  });
}

function nameOf(holder: LockHolder | undefined): string {
  return holder === undefined ? "another program" : `process ${holder.pid} on ${holder.host}`;
}
