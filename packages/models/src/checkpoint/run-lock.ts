import { FileLock, LockError, type LockHolder } from "@igr/files";
import { CheckpointError } from "./checkpoint-error.js";
import { nodeModules } from "./node-modules.js";

/** The file in a folder of checkpoints that says which process trains there. */
export const LOCK_FILE = "run.lock";

/**
 * Keeps two runs from writing checkpoints to one folder. A run is refused while another one trains there, on this machine or on
 * another that shares the folder; what a killed process left is taken over. A run whose lock was taken over, because its machine gave
 * no sign of life for a minute, finds that out before its next checkpoint, and writes none.
 */
export class RunLock {
  readonly #dir: string;
  readonly #lock: FileLock;

  private constructor(dir: string, lock: FileLock) {
    this.#dir = dir;
    this.#lock = lock;
  }

  /** @throws CheckpointError `busy` where another run trains in the folder, which must exist. */
  static async take(dir: string): Promise<RunLock> {
    const file = nodeModules("fit").path.join(dir, LOCK_FILE);
    try {
      return new RunLock(dir, await FileLock.take(file, { owner: "fit" }));
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      const advice = `wait until it ends, give this run a folder of its own, or, if that process is no run, delete ${LOCK_FILE} there`;
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
            `${nameOf(error.holder)} has gone on there; this run writes nothing more there`,
          );
    }
  }

  /** Gives the folder back, if it still is this run's. Never rejects: the training that ends here is done. */
  release(): Promise<void> {
    return this.#lock.release();
  }
}

function nameOf(holder: LockHolder | undefined): string {
  return holder === undefined ? "another run" : `process ${holder.pid} on ${holder.host}, since ${holder.since},`;
}
