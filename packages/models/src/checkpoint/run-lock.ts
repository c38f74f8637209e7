import { CheckpointError } from "./checkpoint-error.js";
import { type NodeModules, nodeModules } from "./node-modules.js";

/** The file in a folder of checkpoints that says which process trains there. */
export const LOCK_FILE = "run.lock";

/** Who holds a folder. */
interface Holder {
  /** Of one call of `fit`. */
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the kernel's words, where it tells: a process of the same number may be another one. */
  readonly processStart?: string;
  readonly since: string;
}

/** Tokens of this process. */
const own = new Set<string>();

/**
 * Keeps two runs from writing checkpoints to one folder. A run is refused while another process of the same machine trains there.
 * What a killed process left is taken over, and so is the lock of another machine, of which nobody here knows whether it
 * still runs: a run whose lock was taken over finds that out before its next checkpoint, and writes none.
 */
export class RunLock {
  readonly #dir: string;
  readonly #token: string;

  private constructor(dir: string, token: string) {
    this.#dir = dir;
    this.#token = token;
  }

  /** @throws CheckpointError `busy` where another run trains in the folder, which must exist. */
  static async take(dir: string): Promise<RunLock> {
    const { crypto, fs, os, path } = nodeModules("fit");
    const holder = await holderOf(dir);
    if (holder && (await isRunning(holder))) throw busy(dir, holder, "trains");
    const token = crypto.randomUUID();
    const processStart = await startOf(process.pid);
    const self: Holder = {
      token,
      host: os.hostname(),
      pid: process.pid,
      ...(processStart === undefined ? {} : { processStart }),
      since: new Date().toISOString(),
    };
    // Named as what a dead process leaves half written, and deleted with it.
    const temporary = path.join(dir, `.tmp-${process.pid}-${token}`);
    const lock = path.join(dir, LOCK_FILE);
    own.add(token);
    try {
      await fs.writeFile(temporary, `${JSON.stringify(self)}\n`);
      if (holder === undefined) await link(temporary, lock);
      else await fs.rename(temporary, lock);
    } catch (error) {
      own.delete(token);
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      // Another run was a moment earlier.
      throw busy(dir, await holderOf(dir), "trains");
    } finally {
      await fs.rm(temporary, { force: true });
    }
    return new RunLock(dir, token);
  }

  /** @throws CheckpointError `busy` if another run has taken the folder over, `gone` if the folder was deleted. */
  async check(): Promise<void> {
    const holder = await holderOf(this.#dir);
    if (holder?.token === this.#token) return;
    if (holder === undefined && !(await exists(this.#dir))) {
      throw new CheckpointError(
        this.#dir,
        "gone",
        "the folder was deleted while this run trained; this run writes nothing more, and its earlier checkpoints are lost",
      );
    }
    throw busy(this.#dir, holder, "has gone on");
  }

  /**
   * Gives the folder back, if it still is this run's. A folder that became read-only or unreachable keeps the lock file: the
   * training that ends here is done, and its history must not be lost over it. No later run takes that file for a running one.
   */
  async release(): Promise<void> {
    const { fs, path } = nodeModules("fit");
    own.delete(this.#token);
    try {
      const holder = await holderOf(this.#dir);
      if (holder?.token === this.#token) await fs.rm(path.join(this.#dir, LOCK_FILE), { force: true });
    } catch (error) {
      console.warn(
        `fit: the lock ${path.join(this.#dir, LOCK_FILE)} could not be deleted (${(error as Error).message}); ` +
          "the next run takes the folder over all the same",
      );
    }
  }
}

/** Undefined where there is no lock; one that a crash of the machine left empty has no holder that could be running. */
async function holderOf(dir: string): Promise<Holder | undefined> {
  const { fs, path } = nodeModules("fit");
  const nobody: Holder = { token: "", host: "", pid: 0, since: "" };
  try {
    return { ...nobody, ...JSON.parse(await fs.readFile(path.join(dir, LOCK_FILE), "utf8")) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (error instanceof SyntaxError) return nobody;
    throw error;
  }
}

/** Whether the process that took the lock is known to run. */
async function isRunning({ token, host, pid, processStart }: Holder): Promise<boolean> {
  if (host !== nodeModules("fit").os.hostname()) return false;
  const isOwnProcess = pid === process.pid && (processStart === undefined || processStart === (await startOf(pid)));
  if (isOwnProcess) return own.has(token);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return processStart === undefined || processStart === (await startOf(pid));
}

/** When a process began, in ticks since the machine did (Linux; proc(5): field 22, after the name in parentheses). */
async function startOf(pid: number): Promise<string | undefined> {
  const status = await nodeModules("fit")
    .fs.readFile(`/proc/${pid}/stat`, "utf8")
    .catch(() => "");
  return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
}

async function exists(path: string): Promise<boolean> {
  return nodeModules("fit")
    .fs.access(path)
    .then(
      () => true,
      () => false,
    );
}

/** Gives a file a second name, unless there is one of it: what some file systems lack, on which it is renamed. */
async function link(from: string, to: string): Promise<void> {
  const { fs }: Pick<NodeModules, "fs"> = nodeModules("fit");
  await fs.link(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw error;
    return fs.rename(from, to);
  });
}

function busy(dir: string, holder: Holder | undefined, what: "trains" | "has gone on"): CheckpointError {
  const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since},` : "another run";
  const advice =
    what === "trains"
      ? `wait until it ends, give this run a folder of its own, or, if that process is no run, delete ${LOCK_FILE} there`
      : "this run writes nothing more there";
  return new CheckpointError(dir, "busy", `${who} ${what} there; ${advice}`);
}
