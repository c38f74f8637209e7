import { requireNodeModules } from "../node-modules.js";
import { parseHolder } from "./holder.js";

/** Gives signs of life for a lock's holder until it is stopped or another process has the lock. Its timer does not keep the process alive. */
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
 * Gives the lock file a new time if this process holds it. The first byte is overwritten with itself: the new time then comes from the
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
    // The folder was deleted, is read-only or cannot be reached now. `check` reports it, and the next sign of life tries again.
    return true;
  }
}
