import { readFile, rm, writeFile } from "node:fs/promises";
import { DatasetError } from "../dataset-error.js";

/**
 * Runs `work` while the lock file `path` names this process, so that no two programs write the same files. One that a killed
 * program left is taken over.
 *
 * @throws DatasetError `busy` if another program holds it.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(await readFile(path, "utf8").catch(() => ""));
      if (holder !== process.pid && isRunning(holder)) {
        throw new DatasetError({
          reason: "busy",
          file: path,
          expected: "no other program that converts the same images",
          found: `process ${holder}`,
          advice: "wait for it, or remove the file if that is another program",
        });
      }
      await rm(path, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
