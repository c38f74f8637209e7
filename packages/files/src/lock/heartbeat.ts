import { requireNodeModules } from "../node-modules.js";
import { parseHolder } from "./holder.js";

/** Signs of life of a lock's holder, until it is stopped or the lock is another's. It does not keep a process alive. */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;

  constructor(path: string, token: string, milliseconds: number) {
    this.#timer = setInterval(async () => {
      if (!(await beat(path, token))) this.stop();
    }, milliseconds);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * Gives the lock file a new time, if it is ours. Its first byte is written over with itself: unlike a time that is set, this takes the
 * clock of the file system, which all machines share, and readers see the same text at any moment.
 */
async function beat(path: string, token: string): Promise<boolean> {
  try {
    const handle = await requireNodeModules("FileLock").fs.open(path, "r+");
    try {
      if (parseHolder(await handle.readFile("utf8"))?.token !== token) return false;
      await handle.write("{", 0);
      return true;
    } finally {
      await handle.close();
    }
  } catch {
    // A folder that is gone, read-only or out of reach for now: `check` tells, and the next beat tries again.
    return true;
  }
}
