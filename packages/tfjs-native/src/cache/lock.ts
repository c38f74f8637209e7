import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { NativeError } from "../native-error.js";

interface Holder {
  readonly pid: number;
  readonly host: string;
}

export interface LockOptions {
  /** Told once when another process holds it. */
  readonly onWait?: (holder: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for another, by default 30 minutes: a download over a slow line. */
  readonly patienceMilliseconds?: number;
  readonly pollMilliseconds?: number;
}

/** The holder touches its file this often; one that was not touched for `silence` belongs to nobody. */
const heartbeat = 5_000;
const silence = 60_000;

/**
 * Runs `work` while no other process does the same with this file. A lock whose process is gone (a kill, a power cut) is
 * taken over.
 * @throws NativeError `locked` after `patienceMilliseconds`.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  { onWait, signal, patienceMilliseconds = 30 * 60_000, pollMilliseconds = 300 }: LockOptions = {},
): Promise<T> {
  const started = performance.now();
  let hasTold = false;
  while (!tryLock(file)) {
    signal?.throwIfAborted();
    if (removeIfStale(file)) continue;
    const holder = describe(file);
    if (performance.now() - started > patienceMilliseconds) {
      throw new NativeError(
        "locked",
        `setup: ${holder} still holds ${file}; end it, or remove that file, and try again`,
      );
    }
    if (!hasTold) onWait?.(holder);
    hasTold = true;
    await sleep(pollMilliseconds);
  }
  const timer = setInterval(() => {
    if (isOurs(file)) touch(file);
  }, heartbeat);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // After a sleep of this machine another process may have taken it over.
    if (isOurs(file)) rmSync(file, { force: true });
  }
}

function tryLock(file: string): boolean {
  const mine: Holder = { pid: process.pid, host: hostname() };
  // Written aside and linked: nobody ever reads half a lock.
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(mine));
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Of several that find the same dead lock one wins the rename, and it looks again at what it took. */
function removeIfStale(file: string): boolean {
  if (!isStale(file)) return false;
  const taken = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, taken);
  } catch {
    return true; // another was faster
  }
  // Between the look and the rename a third process may have locked: give it back.
  if (!isStale(taken)) linkSync(taken, file);
  rmSync(taken, { force: true });
  return true;
}

/** Whether a lock is there whose holder is gone. */
export function isStale(file: string): boolean {
  const holder = read(file);
  if (!holder) return false;
  try {
    if (Date.now() - statSync(file).mtimeMs > silence) return true;
  } catch {
    return false;
  }
  return holder.host === hostname() && !isAlive(holder.pid);
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isOurs(file: string): boolean {
  const holder = read(file);
  return holder?.pid === process.pid && holder.host === hostname();
}

/** `process 123`, or of another machine that shares the cache. */
export function describe(file: string): string {
  const holder = read(file);
  if (!holder) return "another process";
  return `process ${holder.pid}${holder.host === hostname() ? "" : ` on ${holder.host}`}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // removed by hand: setup goes on, its folders get their names at the end all the same
  }
}
