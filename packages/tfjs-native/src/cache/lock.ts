import { hostname } from "node:os";
import { FileLock, LockError, type LockHolder, lockState } from "@igr/files";
import { NativeError } from "../native-error.js";

export interface CacheLockOptions {
  /** Called once if another process holds the lock. */
  readonly onWait?: (holder: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for another process; by default 30 minutes, for a download over a slow connection. */
  readonly patience?: number;
}

/**
 * Runs `work` while no other process works in the cache, on this machine or on another one that shares it. The lock of a killed process is
 * taken over.
 * @throws NativeError `locked` if another process works there for longer than `patience`.
 */
export async function withCacheLock<T>(
  owner: "setup" | "clean",
  file: string,
  work: () => Promise<T>,
  { onWait, signal, patience = 30 * 60_000 }: CacheLockOptions = {},
): Promise<T> {
  const lock = await FileLock.take(file, {
    owner,
    signal,
    patience,
    onWait: (holder) => onWait?.(nameOf(holder)),
  }).catch((error: unknown) => {
    if (!(error instanceof LockError)) throw error;
    const sentence = `${owner}: ${nameOf(error.holder)} still holds ${file}; end it, or remove that file, and try again`;
    throw new NativeError("locked", sentence, error);
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** The holder of the lock, in a sentence; undefined if the lock is free. */
export async function describeLock(file: string): Promise<string | undefined> {
  const lock = await lockState(file);
  if (lock === undefined) return undefined;
  return lock.state === "dead" || lock.state === "silent"
    ? `${file} is left of a setup that was killed: the next one takes it over`
    : `a setup is at work (${nameOf(lock.holder)})`;
}

/** `process 123`, or `process 123 on HOST` for another machine that shares the cache. */
function nameOf(holder: LockHolder | undefined): string {
  if (holder === undefined) return "another process";
  return `process ${holder.pid}${holder.host === hostname() ? "" : ` on ${holder.host}`}`;
}
