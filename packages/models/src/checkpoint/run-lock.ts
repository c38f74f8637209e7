import { FileLock, LockError, type LockHolder } from "@igr/files";
import { CheckpointError } from "./checkpoint-error.js";
import { nodeModules } from "./node-modules.js";

/** The file in a folder of checkpoints that says which process trains there. */
export const LOCK_FILE = "run.lock";

/**
 * Keeps two runs from writing checkpoints to one folder. A run is rejected while another one trains there, on this
 * machine or on another machine that shares the folder. The lock of a killed process is taken over, and so is the lock
 * of a machine that gave no sign of life for a minute. A run that has lost its lock notices before its next checkpoint
 * and does not write it.
 */
export class RunLock {
  readonly #dir: string;
  readonly #lock: FileLock;

  private constructor(dir: string, lock: FileLock) {
    this.#dir = dir;
    this.#lock = lock;
  }

  /** The folder must exist. @throws CheckpointError `busy` if another run trains in it. */
  static async take(dir: string): Promise<RunLock> {
    const file = nodeModules("fit").path.join(dir, LOCK_FILE);
    try {
      return new RunLock(dir, await FileLock.take(file, { owner: "fit" }));
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      const advice = `wait until it ends, give this run a folder of its own, or, if that process is not a training run, delete ${LOCK_FILE} there`;
      throw new CheckpointError(dir, "busy", `${nameOf(error.holder)} trains there; ${advice}`);
    }
  }

  /** @throws CheckpointError `busy` if another run has taken the folder over, `gone` if the folder was deleted. */
  async check(): Promise<void> {
    try {
      await this.#lock.check();
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      throw error.reason === "gone"
        ? new CheckpointError(
            this.#dir,
            "gone",
            "the folder was deleted while this run trained; this run writes nothing more, and its earlier checkpoints are lost",
          )
        : new CheckpointError(
            this.#dir,
            "busy",
            `${nameOf(error.holder)} has taken over this folder; this run writes nothing more there`,
          );
    }
  }

  /**
   * Releases the folder if this run still holds it. Never rejects: a failure here must not discard a finished training
   * run.
   */
  release(): Promise<void> {
    return this.#lock.release();
  }
}

function nameOf(holder: LockHolder | undefined): string {
  return holder === undefined ? "another run" : `process ${holder.pid} on ${holder.host}, since ${holder.since},`;
}
