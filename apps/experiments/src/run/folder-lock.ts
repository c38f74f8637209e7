import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkTakeover, type Holder, inUse, newHolder, parseHolder, takenOver } from "./holder.js";
import { unwritable } from "./unwritable.js";

const LOCK = ".claim";
const HOLDER = "holder.json";
const BEAT_FILE = "beat";
const REVOKED = /^\.revoked-/;
/** A holder gives a sign of life so often, in milliseconds, and is taken for dead after so many without one. */
const BEAT = 10_000;
const SILENCE = 60_000;

/**
 * One writer for a folder. The lock is a folder in it, `.claim`, that holds `holder.json` and a folder named by the holder's token, its
 * desk. Files are written on the desk and renamed into their place. A takeover renames `.claim` away as a whole, so that the last step
 * of a write by the former holder fails, however late it comes: to check a token first and to write then would leave time between.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #holder: Holder;
  readonly #borrowed = new Set<string>();
  readonly #heart: NodeJS.Timeout;
  /** Holds what the lock's owner writes; gone when the lock is lost. */
  readonly desk: string;

  private constructor(folder: string, holder: Holder) {
    this.#folder = folder;
    this.#holder = holder;
    this.desk = deskOf(folder, holder.token);
    // A file that is written anew has the time of the file system, which all machines share.
    this.#heart = setInterval(() => void writeFile(join(this.desk, BEAT_FILE), "").catch(() => {}), BEAT).unref();
  }

  /**
   * @param grant Of a queue that gave this process the folder.
   * @throws InputError if the holder may not be taken from (`checkTakeover`), or the folder can't be written.
   */
  static async take(folder: string, grant?: number): Promise<FolderLock> {
    const own = await newHolder(grant);
    const prepared = join(folder, `.tmp-${process.pid}-${own.token}`);
    try {
      await mkdir(join(prepared, own.token), { recursive: true }).catch(unwritable(folder));
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

  /** Writes a file as a whole: readers see the old content or the new one. @throws Error if the lock was lost. */
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
   * Takes a folder of this one to the desk, where only the lock's owner reaches it: the folder itself, or what a former holder had of it
   * on its own desk. Of no folder it makes an empty one. Returns its path.
   */
  async borrow(name: string): Promise<string> {
    const borrowed = join(this.desk, name);
    // Folders that are revoked from here on are another's to look after.
    const revoked = (await readdir(this.#folder)).filter((each) => REVOKED.test(each));
    const left = await Promise.all(revoked.map((each) => deskIn(join(this.#folder, each))));
    for (const from of [this.#folder, ...left]) {
      await rename(join(from, name), borrowed).catch((error: NodeJS.ErrnoException) => {
        // Not there, or there is one already.
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

  /** @throws Error if another has taken the folder over. */
  async check(): Promise<void> {
    const holder = await holderOf(this.#folder);
    if (holder?.token !== this.#holder.token) throw takenOver(this.#folder, holder);
  }

  /** Puts back what was borrowed, and lets others in. */
  async release(): Promise<void> {
    clearInterval(this.#heart);
    try {
      await this.check();
      for (const name of this.#borrowed) await rename(join(this.desk, name), join(this.#folder, name));
      const lock = await revoke(this.#folder, this.#holder);
      if (lock !== undefined) await rm(lock, { recursive: true, force: true });
    } catch {
      // It was lost; or the folder has become read-only and keeps the lock, whose process is soon dead.
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

/** Where a holder, living or dead, has the borrowed folder `name`; undefined where nobody has it. */
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

/** Whether the prepared lock has become the folder's: a folder is not renamed over one that holds something, or over a file. */
async function install(prepared: string, folder: string): Promise<boolean> {
  try {
    await rename(prepared, join(folder, LOCK));
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EEXIST", "ENOTEMPTY", "ENOTDIR", "EPERM"].includes(code) && (await holderOf(folder)) !== undefined) {
      return false;
    }
    // The holder of a moment ago has released it.
    if (["EEXIST", "ENOTEMPTY"].includes(code)) return false;
    return unwritable(folder)(error);
  }
}

/** Takes the lock from its holder; returns where it went, undefined where there was none. */
async function revoke(folder: string, holder: Holder): Promise<string | undefined> {
  const moved = await moveAway(folder);
  if (moved === undefined) return undefined;
  const found = await readHolder(moved);
  if (found?.token === holder.token) return moved;
  // Another took the folder over between the two looks at it. It gets its lock back.
  await rename(moved, join(folder, LOCK)).catch(() => {});
  throw inUse(folder, found);
}

/** Renames the lock to a name that nobody uses; undefined where there is none. */
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

/** Who holds a lock; undefined where there is none. Locks of earlier programs are files. */
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
