import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../input-error.js";

const LOCK_FILE = ".claim";

interface Holder {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, in ticks since the machine did, where the system tells (Linux). */
  readonly processStart?: string | undefined;
  readonly since: string;
}

/**
 * One holder for a folder. The lock of a process of this machine that no longer lives is taken over; so is that of another machine,
 * which nobody here can ask: its holder finds out at its next {@link check}, and writes nothing more.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #token: string;

  private constructor(folder: string, token: string) {
    this.#folder = folder;
    this.#token = token;
  }

  /** @throws InputError if a living process of this machine holds the folder. */
  static async take(folder: string): Promise<FolderLock> {
    const file = join(folder, LOCK_FILE);
    const holder = await holderOf(file);
    if (holder && (await lives(holder))) throw inUse(folder, holder);
    const token = randomUUID();
    const own: Holder = {
      token,
      host: hostname(),
      pid: process.pid,
      processStart: await startOf(process.pid),
      since: new Date().toISOString(),
    };
    const temporary = join(folder, `.tmp-${process.pid}-${token}`);
    await writeFile(temporary, `${JSON.stringify(own)}\n`).catch((error: NodeJS.ErrnoException) => {
      throw new InputError(`${folder} can't be written: ${error.message}`, { cause: error });
    });
    try {
      if (holder === undefined) await link(temporary, file);
      else await rename(temporary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw inUse(folder, await holderOf(file));
    } finally {
      await rm(temporary, { force: true });
    }
    // Of two that took over one dead process' lock, the later rename won.
    const lock = new FolderLock(folder, token);
    await lock.check();
    return lock;
  }

  /** @throws Error if another has taken the folder over. */
  async check(): Promise<void> {
    const holder = await holderOf(join(this.#folder, LOCK_FILE));
    if (holder?.token === this.#token) return;
    throw new Error(
      `${this.#folder} was taken over by ${holder ? `process ${holder.pid} on ${holder.host}` : "somebody"}; this process writes nothing more there`,
    );
  }

  async release(): Promise<void> {
    const file = join(this.#folder, LOCK_FILE);
    const holder = await holderOf(file).catch(() => undefined);
    // A folder that has become read-only keeps its lock, whose process is soon dead.
    if (holder?.token === this.#token) await rm(file, { force: true }).catch(() => {});
  }
}

async function holderOf(file: string): Promise<Holder | undefined> {
  const nobody: Holder = { token: "", host: "", pid: 0, since: "" };
  try {
    return { ...nobody, ...(JSON.parse(await readFile(file, "utf8")) as Partial<Holder>) };
  } catch (error) {
    if (error instanceof SyntaxError) return nobody;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function lives({ host, pid, processStart }: Holder): Promise<boolean> {
  if (host !== hostname() || pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return processStart === undefined || processStart === (await startOf(pid));
}

/** Field 22 of /proc/pid/stat, after the name in parentheses (proc(5)). */
async function startOf(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
}

function inUse(folder: string, holder: Holder | undefined): InputError {
  const who = holder ? `process ${holder.pid}, since ${holder.since}` : "another process";
  return new InputError(`${folder} is in use by ${who}; wait until it ends, or end it and give the same command again`);
}
