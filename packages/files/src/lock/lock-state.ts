import { codeOf } from "../file-errors.js";
import { requireNodeModules } from "../node-modules.js";
import { type LockHolder, parseHolder } from "./holder.js";
import { isOwnToken } from "./own-tokens.js";
import { processState } from "./process-state.js";

/** In milliseconds. If the holder's process cannot be queried, a lock without a sign of life for this long is free. */
export const SILENCE = 60_000;
/** Milliseconds between a holder's signs of life. */
export const HEARTBEAT = 5_000;
/** In milliseconds. An incomplete text is still being written, unless it is older than this: then a crash cut it off. */
const UNREADABLE = 2_000;

/**
 * Whether the holder of a lock lives. `'held'`: it lives; `'dead'`: its process has ended; `'silent'`: its process cannot be queried
 * (another machine, container or thread), and it gave no sign of life for a minute; `'unknown'`: its process cannot be queried, and its
 * last sign of life is younger than a minute.
 */
export type LockState = "held" | "dead" | "silent" | "unknown";

/** The content of a lock file. */
export interface FoundLock {
  readonly text: string;
  readonly holder: LockHolder | undefined;
  /** Its last sign of life, by the clock of the file system. */
  readonly modified: number;
}

/** The lock file at `path`, or undefined if it does not exist. */
export async function readLock(path: string): Promise<FoundLock | undefined> {
  const { fs } = requireNodeModules("FileLock");
  try {
    const text = await fs.readFile(path, "utf8");
    const { mtimeMs } = await fs.stat(path);
    return { text, holder: parseHolder(text), modified: mtimeMs };
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** The state of a lock whose last sign of life is `age` milliseconds old. */
export async function judge(holder: LockHolder | undefined, age: number, silence = SILENCE): Promise<LockState> {
  const bySilence = age > silence ? "silent" : "unknown";
  if (holder === undefined) return age > Math.min(UNREADABLE, silence) ? "dead" : "unknown";
  switch (await processState(holder)) {
    case "dead":
      return "dead";
    case "unknown":
      return bySilence;
    case "unproven":
      return bySilence === "silent" ? "silent" : "held";
    case "lives":
      // If the lock names this thread with an unknown token, an earlier call left it behind.
      return holder.pid === process.pid && !isOwnToken(holder.token) ? "dead" : "held";
  }
}

/**
 * Reads a lock file without taking the lock; undefined if the file does not exist.
 *
 * @example
 * ```ts
 * const lock = await lockState("cache/lock");
 * if (lock?.state === "held") console.log(`${describeHolder(lock.holder)} is at work`);
 * ```
 */
export async function lockState(
  path: string,
): Promise<{ readonly state: LockState; readonly holder: LockHolder | undefined } | undefined> {
  const found = await readLock(path);
  if (found === undefined) return undefined;
  return { state: await judge(found.holder, Date.now() - found.modified), holder: found.holder };
}
