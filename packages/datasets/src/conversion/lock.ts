import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
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
      const held = await contentOf(path);
      if (held === undefined) continue;
      if (await isHeld(held)) {
        throw new DatasetError({
          reason: "busy",
          file: path,
          expected: "no other program that converts the same images",
          found: `process ${holderOf(held)}`,
          advice: "wait for it, or remove the file if that is another program",
        });
      }
      await removeStale(path, held, own);
    }
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await work();
  } finally {
    if ((await contentOf(path)) === content) await rm(path, { force: true });
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

/**
 * Removes the lock that holds `stale`. One program at a time does: another that still reads the stale one would remove the lock
 * that the first has made since.
 */
async function removeStale(path: string, stale: string, own: string): Promise<void> {
  const guard = `${path}.takeover`;
  if (await hasLinked(own, guard)) {
    try {
      if ((await contentOf(path)) === stale) await rm(path, { force: true });
    } finally {
      await rm(guard, { force: true });
    }
    return;
  }
  const other = await contentOf(guard);
  // Killed within these few lines.
  if (other !== undefined && !(await isHeld(other))) await rm(guard, { force: true });
  else await new Promise((resolve) => setTimeout(resolve, 10));
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/** Whether the process that wrote a lock is there, and not another one of its number. */
async function isHeld(content: string): Promise<boolean> {
  const pid = holderOf(content);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const start = content.split(" ")[1] ?? UNKNOWN;
  // Its own number, as a restarted container has it: without the time, an earlier process'.
  if (pid === process.pid && start === UNKNOWN) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return start === UNKNOWN || start === (await startOf(pid));
}

function holderOf(content: string): number {
  return Number.parseInt(content, 10);
}

const UNKNOWN = "-";

/** When a process began, in ticks since the machine did (Linux; proc(5): field 22, after the name in parentheses). */
async function startOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? UNKNOWN;
}
