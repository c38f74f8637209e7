import { codeOf } from "../file-errors.js";
import { requireNodeModules } from "../node-modules.js";
import { type LockHolder, parseHolder } from "./holder.js";
import { isOwnToken } from "./own-tokens.js";
import { processState } from "./process-state.js";

/** A lock without a sign of life for so long is nobody's, where nobody can be asked. Milliseconds. */
export const SILENCE = 60_000;
/** A holder gives a sign of life this often. Milliseconds. */
export const HEARTBEAT = 5_000;
/** A text that can't be read is one in the middle of a write, or one that a crash cut off: no write takes this long. Milliseconds. */
const UNREADABLE = 2_000;

/**
 * Whether the holder of a lock lives. `'held'`: it does; `'dead'`: its process has ended; `'silent'`: nobody here can ask for
 * its process (another machine, container or thread), and it gave no sign of life for a minute; `'unknown'`: nobody here can ask,
 * and its last sign of life is younger.
 */
export type LockState = "held" | "dead" | "silent" | "unknown";

/** A lock file as it was read. */
export interface FoundLock {
  readonly text: string;
  readonly holder: LockHolder | undefined;
  /** Its last sign of life, by the clock of the file system. */
  readonly modified: number;
}

/** The lock file at `path`, or undefined where there is none. */
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
      // A lock of this very thread whose token it does not know is one that an earlier call left behind.
      return holder.pid === process.pid && !isOwnToken(holder.token) ? "dead" : "held";
  }
}

/**
 * What a lock file says, without an attempt to take it; undefined where there is none.
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
