import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { DatasetError } from "../dataset-error.js";

/**
 * Runs `work` while the lock file `path` names this process, so that no two programs, and no two threads, write the same files.
 * One that a killed program left is taken over.
 *
 * @throws DatasetError `busy` if another program holds it.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const own = `${path}.${randomUUID()}`;
  // Process, when it began, and what tells this lock from all others: a whole file under its name, or none.
  const content = `${process.pid} ${await startOf(process.pid)} ${randomUUID()}`;
  await writeFile(own, content);
  try {
    while (!(await hasLinked(own, path))) {
      const held = await readFile(path, "utf8").catch(() => undefined);
      if (held === undefined) continue;
      const holder = Number.parseInt(held, 10);
      if (await isRunning(holder, held.split(" ")[1])) {
        throw new DatasetError({
          reason: "busy",
          file: path,
          expected: "no other program that converts the same images",
          found: `process ${holder}`,
          advice: "wait for it, or remove the file if that is another program",
        });
      }
      await removeStale(path, held);
    }
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await work();
  } finally {
    if ((await readFile(path, "utf8").catch(() => "")) === content) await rm(path, { force: true });
  }
}

/** Gives `own` the name `path`, too, unless there is a file of that name. */
async function hasLinked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // File systems without links: written in place, which a reader may see half done.
    return writeFile(path, await readFile(own), { flag: "wx" }).then(
      () => true,
      (inPlace: NodeJS.ErrnoException) => {
        if (inPlace.code === "EEXIST") return false;
        throw inPlace;
      },
    );
  }
}

/** Removes the lock that holds `stale`: of several programs that found it so, one. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => {}); // another program was faster
  const moved = await readFile(aside, "utf8").catch(() => stale);
  // That program's own lock, already: back in its place.
  if (moved !== stale) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** Whether the process is there, and is the one that began then. */
async function isRunning(pid: number, start: string | undefined): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const known = start === undefined || start === UNKNOWN ? undefined : start;
  // Its own number, as a restarted container has it: without the time, an earlier process'.
  if (pid === process.pid && known === undefined) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return known === undefined || known === (await startOf(pid));
}

const UNKNOWN = "-";

/** When a process began, in ticks since the machine did (Linux; proc(5): field 22, after the name in parentheses). */
async function startOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? UNKNOWN;
}
