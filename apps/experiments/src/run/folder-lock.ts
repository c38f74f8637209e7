import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@igr/files";
import { checkTakeover, type Holder, inUse, newHolder, parseHolder, takenOver } from "./holder.js";
import { unwritable } from "./unwritable.js";

const LOCK = ".claim";
const HOLDER = "holder.json";
const BEAT_FILE = "beat";
const REVOKED = /^\.revoked-/;
/** Interval of a holder's signs of life, and the time without one after which it counts as dead, in milliseconds. */
const BEAT = 10_000;
const SILENCE = 60_000;

/**
 * One writer for a folder. The lock is a folder in it, `.claim`, that contains `holder.json` and a folder named by the
 * holder's token, its desk. Files are written on the desk and then renamed to their final path. A takeover renames the
 * whole `.claim` away, so the last step of a write by the former holder fails, however late it is. Checking a token
 * before the write would leave a race.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #holder: Holder;
  readonly #borrowed = new Set<string>();
  readonly #heart: NodeJS.Timeout;
  /** The folder for the owner's unfinished files; it disappears when the lock is lost. */
  readonly desk: string;

  private constructor(folder: string, holder: Holder) {
    this.#folder = folder;
    this.#holder = holder;
    this.desk = deskOf(folder, holder.token);
    // A new file has the time of the file system, which is the same for all machines.
    this.#heart = setInterval(() => void writeFile(join(this.desk, BEAT_FILE), "").catch(() => {}), BEAT).unref();
  }

  /**
   * @param grant The number with which a queue granted the folder to this process.
   * @throws InputError if the lock may not be taken over (`checkTakeover`), or the folder can't be written.
   */
  static async take(folder: string, grant?: number): Promise<FolderLock> {
    const own = await newHolder(grant);
    const prepared = join(folder, `.tmp-${process.pid}-${own.token}`);
    try {
      await makeFolder(join(prepared, own.token)).catch(unwritable(folder));
      await writeFile(join(prepared, HOLDER), `${JSON.stringify(own)}\n`).catch(unwritable(folder));
      while (!(await install(prepared, folder))) {
        const holder = await holderOf(folder);
        if (holder === undefined) continue;
        await checkTakeover(folder, holder, grant, await silenceOf(folder, holder, join(prepared, HOLDER)));
        await revoke(folder, holder);
      }
    } finally {
      await rm(prepared, { recursive: true, force: true });
    }
    return new FolderLock(folder, own);
  }

  /** Writes a file atomically: readers see the old content or the new one. @throws Error if the lock was lost. */
  async write(file: string, content: string | Uint8Array): Promise<void> {
    const draft = join(this.desk, randomUUID());
    const target = join(this.#folder, file);
    try {
      await writeFile(draft, content, { flush: true });
      await rename(draft, target);
    } catch (error) {
      await this.check();
      await rm(draft, { force: true }).catch(() => {});
      unwritable(target)(error);
    }
  }

  /**
   * Moves a subfolder to the desk, where only the lock's owner can reach it, and returns its path. If a former holder
   * had it on its desk, it is taken from there; if it does not exist, it is created.
   */
  async borrow(name: string): Promise<string> {
    const borrowed = join(this.desk, name);
    // The process that revokes a folder from now on is responsible for it.
    const revoked = (await readdir(this.#folder)).filter((each) => REVOKED.test(each));
    const left = await Promise.all(revoked.map((each) => deskIn(join(this.#folder, each))));
    for (const from of [this.#folder, ...left]) {
      await rename(join(from, name), borrowed).catch((error: NodeJS.ErrnoException) => {
        // It does not exist, or the target already exists.
        if (!["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST", "EPERM"].includes(error.code ?? "")) throw error;
      });
    }
    await mkdir(borrowed).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return;
      await this.check();
      unwritable(borrowed)(error);
    });
    this.#borrowed.add(name);
    await Promise.all(revoked.map((each) => rm(join(this.#folder, each), { recursive: true, force: true })));
    return borrowed;
  }

  /** @throws Error if another process has taken the folder over. */
  async check(): Promise<void> {
    const holder = await holderOf(this.#folder);
    if (holder?.token !== this.#holder.token) throw takenOver(this.#folder, holder);
  }

  /** Moves borrowed folders back, and releases the lock. */
  async release(): Promise<void> {
    clearInterval(this.#heart);
    try {
      await this.check();
      for (const name of this.#borrowed) await rename(join(this.desk, name), join(this.#folder, name));
      const lock = await revoke(this.#folder, this.#holder);
      if (lock !== undefined) await rm(lock, { recursive: true, force: true });
    } catch {
      // The lock was lost, or the folder has become read-only and keeps the lock of this ending process.
    }
  }
}

/** Whether a holder has given no sign of life for a minute, as of the time at which `reference` was written. */
async function silenceOf(folder: string, { token }: Holder, reference: string): Promise<boolean> {
  const lock = join(folder, LOCK);
  const paths = [join(lock, token || "nobody", BEAT_FILE), join(lock, HOLDER), lock];
  const times = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0));
  return (await stat(reference)).mtimeMs - Math.max(...times) > SILENCE;
}

/** The path of the folder `name` on the desk of a holder, living or dead; undefined if nobody has borrowed it. */
export async function borrowedFolder(folder: string, name: string): Promise<string | undefined> {
  const holder = await holderOf(folder);
  if (holder === undefined) return undefined;
  const path = join(deskOf(folder, holder.token), name);
  return (await readdir(path).catch(() => undefined)) === undefined ? undefined : path;
}

function deskOf(folder: string, token: string): string {
  return join(folder, LOCK, token);
}

/** The desk in a lock that was renamed to `path`. */
async function deskIn(path: string): Promise<string> {
  return join(path, (await readHolder(path))?.token || "nobody");
}

/**
 * Whether the prepared lock became the lock of the folder: a rename does not replace a folder with contents, or a file.
 */
async function install(prepared: string, folder: string): Promise<boolean> {
  try {
    await rename(prepared, join(folder, LOCK));
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EEXIST", "ENOTEMPTY", "ENOTDIR", "EPERM"].includes(code) && (await holderOf(folder)) !== undefined) {
      return false;
    }
    // The previous holder has just released it.
    if (["EEXIST", "ENOTEMPTY"].includes(code)) return false;
    return unwritable(folder)(error);
  }
}

/** Takes the lock from its holder and returns its new path; undefined if there was no lock. */
async function revoke(folder: string, holder: Holder): Promise<string | undefined> {
  const moved = await moveAway(folder);
  if (moved === undefined) return undefined;
  const found = await readHolder(moved);
  if (found?.token === holder.token) return moved;
  // Another process took the folder over between the two checks. Its lock is restored.
  await rename(moved, join(folder, LOCK)).catch(() => {});
  throw inUse(folder, found);
}

/** Renames the lock to an unused name; undefined if there is no lock. */
async function moveAway(folder: string): Promise<string | undefined> {
  const moved = join(folder, `.revoked-${randomUUID()}`);
  try {
    await rename(join(folder, LOCK), moved);
    return moved;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return unwritable(folder)(error);
  }
}

function holderOf(folder: string): Promise<Holder | undefined> {
  return readHolder(join(folder, LOCK));
}

/** The holder of a lock; undefined if there is no lock. Locks of earlier versions are files. */
async function readHolder(lock: string): Promise<Holder | undefined> {
  for (const file of [join(lock, HOLDER), lock]) {
    try {
      return parseHolder(await readFile(file, "utf8"));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EISDIR") return parseHolder("");
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    }
  }
  return undefined;
}
