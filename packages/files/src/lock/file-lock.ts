import { requireNodeModules } from "../node-modules.js";
import { pause } from "../pause.js";
import { temporaryName } from "../write-file.js";
import { claimName, removeStaleLock } from "./exclusive-file.js";
import { Heartbeat } from "./heartbeat.js";
import { describeHolder, type LockHolder, thisHolder } from "./holder.js";
import { LockError } from "./lock-error.js";
import { type FoundLock, HEARTBEAT, judge, readLock, SILENCE } from "./lock-state.js";
import { addOwnToken, removeOwnToken } from "./own-tokens.js";

/** Options for taking a lock. */
export interface LockOptions {
  /** The function that takes the lock: the first word of every message. */
  readonly owner: string;
  /** How long to wait for a living holder, in milliseconds; 0 by default. */
  readonly patience?: number;
  /** Ends the wait: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when the call starts to wait for a holder. By default `warn` receives a message, unless `patience` is given. */
  readonly onWait?: (holder: LockHolder | undefined) => void;
  /** Receives warnings: a lock of another machine was taken over, or a lock cannot be deleted. `console.warn` by default. */
  readonly warn?: (sentence: string) => void;
  /** Milliseconds between two reads of another holder's lock; 300 by default. */
  readonly pollMilliseconds?: number;
  /**
   * Milliseconds without a sign of life after which the lock of a process on another machine is taken over; 60,000 by default. All users of
   * a lock must give the same number. A holder gives a sign of life every 5,000 milliseconds, or every twelfth of this number.
   */
  readonly silence?: number;
}

/**
 * A file that names the one process that may work, among all processes of all machines that share the folder.
 *
 * - The lock of a process on this machine is held while that process lives, and is taken over when the process is dead. A process is
 *   identified by its number, its start time (Linux) and the start of its machine, so a reused number, a restarted container or a cloned
 *   machine is not mistaken for the holder.
 * - A holder touches its lock every 5 seconds. Whether a process of another machine, container or thread lives cannot be queried, so its
 *   lock is observed for up to a minute. With a sign of life the lock is held; without one it is taken over, and `warn` names its holder.
 *   All ages are measured by the clock of the file system, so the clocks of the machines may differ.
 * - A machine that was suspended may have lost its lock: call {@link check} before each write that must not collide.
 *
 * The lock is created by a hard link, so that no process reads half of it. Without hard links it is created exclusively and written in place.
 *
 * @example
 * ```ts
 * const lock = await FileLock.take("runs/7/lock", { owner: "train" });
 * try {
 *   await lock.check();
 *   await writeFileAtomically("runs/7/result.json", "{}");
 * } finally {
 *   await lock.release();
 * }
 * ```
 */
export class FileLock {
  /** The lock file. */
  readonly path: string;
  readonly #holder: LockHolder;
  readonly #options: LockOptions;
  readonly #heartbeat: Heartbeat;

  private constructor(path: string, holder: LockHolder, options: LockOptions) {
    this.path = path;
    this.#holder = holder;
    this.#options = options;
    const { silence } = options;
    this.#heartbeat = new Heartbeat(path, holder.token, silence === undefined ? HEARTBEAT : silence / 12);
  }

  /**
   * Takes the lock. The folder must exist.
   * @throws LockError `busy` if another process holds it for longer than `patience`; the file system's error if the folder is not writable.
   */
  static async take(path: string, options: LockOptions): Promise<FileLock> {
    const holder = await thisHolder();
    const aside = temporaryName(path);
    addOwnToken(holder.token);
    try {
      await untilClaimed(path, aside, `${JSON.stringify(holder)}\n`, options);
      return new FileLock(path, holder, options);
    } catch (error) {
      removeOwnToken(holder.token);
      throw error;
    } finally {
      await requireNodeModules("FileLock")
        .fs.rm(aside, { force: true })
        .catch(() => {});
    }
  }

  /** @throws LockError `lost` if another process has taken the lock over, `gone` if its folder was deleted. */
  async check(): Promise<void> {
    const { fs, path: paths } = requireNodeModules("FileLock");
    const present = await readLock(this.path);
    if (present?.holder?.token === this.#holder.token) return;
    const { owner } = this.#options;
    const folder = paths.dirname(this.path);
    const isGone =
      present === undefined &&
      (await fs.access(folder).then(
        () => false,
        () => true,
      ));
    if (isGone) {
      const message = `${owner}: the folder ${folder} was deleted while this process held its lock; it writes nothing more`;
      throw new LockError("gone", this.path, undefined, message);
    }
    const who = present === undefined ? "somebody who removed it" : describeHolder(present.holder);
    const message = `${owner}: the lock ${this.path} was taken over by ${who}; this process writes nothing more there`;
    throw new LockError("lost", this.path, present?.holder, message);
  }

  /**
   * Releases the lock if this call still holds it. It never rejects, so that finished work is not lost because the folder has become
   * read-only or was deleted. If the lock file remains, `warn` receives a message; the lock counts as free when this process ends.
   */
  async release(): Promise<void> {
    this.#heartbeat.stop();
    removeOwnToken(this.#holder.token);
    try {
      const present = await readLock(this.path);
      if (present?.holder?.token !== this.#holder.token) return;
      const { fs } = requireNodeModules("FileLock");
      await fs.rm(this.path, { force: true, maxRetries: 3, retryDelay: 100 });
    } catch (error) {
      const { owner, warn = console.warn } = this.#options;
      warn(
        `${owner}: the lock ${this.path} could not be deleted (${(error as Error).message}); ` +
          "whoever comes next takes it over once this process has ended",
      );
    }
  }
}

/**
 * Runs `work` while this call holds the lock at `path`, and releases the lock whether `work` succeeds or fails.
 * @throws LockError `busy`, as {@link FileLock.take}.
 */
export async function withLock<T>(
  path: string,
  work: (lock: FileLock) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  const lock = await FileLock.take(path, options);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** Writes `content` to a temporary file and tries to give it the name `path` until it succeeds. */
async function untilClaimed(path: string, aside: string, content: string, options: LockOptions): Promise<void> {
  const { fs } = requireNodeModules("FileLock");
  const { owner, patience = 0, signal, warn = console.warn, pollMilliseconds = 300, silence = SILENCE } = options;
  /** When another holder's lock was first seen; `patience` counts from then, however busy this machine is. */
  let began: number | undefined;
  let first: FoundLock | undefined;
  let hasTold = false;
  for (;;) {
    signal?.throwIfAborted();
    // The file is written again each time, so that its time is the present by the clock of the file system.
    await fs.writeFile(aside, content);
    if (await claimName(aside, path)) return;
    const found = await readLock(path);
    if (found === undefined) continue;
    const age = (await fs.stat(aside)).mtimeMs - found.modified;
    const state = await judge(found.holder, age, silence);
    if (state === "dead" || state === "silent") {
      const isRemoved = await removeStaleLock(path, found, aside);
      if (isRemoved && state === "silent") warn(takenOver(owner, path, found, age));
      continue;
    }
    if (first?.text !== found.text) first = found;
    const lives = state === "held" || first.modified !== found.modified;
    began ??= performance.now();
    if (lives && performance.now() - began >= patience) throw busy(owner, path, found);
    if (!hasTold) {
      if (options.onWait) options.onWait(found.holder);
      else if (!lives && found.holder) warn(looking(owner, path, found, silence - age));
    }
    hasTold = true;
    await pause(pollMilliseconds, signal);
  }
}

function busy(owner: string, path: string, { holder }: FoundLock): LockError {
  const message =
    `${owner}: ${path} is held by ${describeHolder(holder)}; wait until it ends, ` +
    "or delete that file if the process is something else";
  return new LockError("busy", path, holder, message);
}

function takenOver(owner: string, path: string, { holder }: FoundLock, age: number): string {
  return (
    `${owner}: took over the lock ${path} of ${describeHolder(holder)}, which gave no sign of life for ` +
    `${Math.round(age / 1000)} s; if it still runs, it writes nothing more once it finds out`
  );
}

function looking(owner: string, path: string, { holder }: FoundLock, left: number): string {
  return (
    `${owner}: the lock ${path} is that of ${describeHolder(holder)}, whose process can't be looked up from here: ` +
    `waiting up to ${Math.ceil(left / 1000)} s for a sign of life`
  );
}
