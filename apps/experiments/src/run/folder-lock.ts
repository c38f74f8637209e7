import { join } from "node:path";
import { FileLock, LockError } from "@igr/files";
import { InputError } from "../input-error.js";

const LOCK_FILE = ".claim";

/**
 * One holder for the folder of a run. The lock of a process that no longer lives is taken over, and so is that of another machine
 * which gave no sign of life for a minute: its holder finds out at its next {@link check}, and writes nothing more.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #lock: FileLock;

  private constructor(folder: string, lock: FileLock) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /** @throws InputError if another process holds the folder, or nothing can be written there. */
  static async take(folder: string): Promise<FolderLock> {
    const warn = (sentence: string) => process.stderr.write(`${sentence}\n`);
    try {
      return new FolderLock(folder, await FileLock.take(join(folder, LOCK_FILE), { owner: "igr", warn }));
    } catch (cause) {
      const { message } = cause as Error;
      if (!(cause instanceof LockError)) throw new InputError(`${folder} can't be written: ${message}`, { cause });
      const { holder } = cause;
      const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since}` : "another process";
      const advice = "wait until it ends, or end it and give the same command again";
      throw new InputError(`${folder} is in use by ${who}; ${advice}`, { cause });
    }
  }

  /** @throws Error if another has taken the folder over, or deleted it. */
  async check(): Promise<void> {
    try {
      await this.#lock.check();
    } catch (cause) {
      if (!(cause instanceof LockError)) throw cause;
      const { holder, reason } = cause;
      const what =
        reason === "gone"
          ? "was deleted"
          : `was taken over by ${holder ? `process ${holder.pid} on ${holder.host}` : "somebody"}`;
      throw new Error(`${this.#folder} ${what}; this process writes nothing more there`, { cause });
    }
  }

  /** Never rejects. */
  release(): Promise<void> {
    return this.#lock.release();
  }
}
