import { flushFolder, renameOver, writeFlushed } from "./flush.js";
import { requireNodeModules } from "./node-modules.js";
import type { FileContent } from "./write-file.js";

const TEMPORARY_FOLDER = /^\.tmp-\d+-/;

/**
 * Writes a folder of files that appears under its name only when all of it is on the disk. There must be no folder of that name.
 *
 * @throws the file system's error, which names the file also when the disk is full; nothing of the attempt stays.
 */
export async function writeFolderAtomically(path: string, files: ReadonlyMap<string, FileContent>): Promise<void> {
  const { fs, path: paths } = requireNodeModules("writeFolderAtomically");
  const parent = paths.dirname(path);
  const temporary = paths.join(parent, `.tmp-${process.pid}-${paths.basename(path)}`);
  try {
    await fs.mkdir(temporary, { recursive: true });
    for (const [name, content] of files) await writeFlushed(paths.join(temporary, name), content);
    await flushFolder(temporary);
    await renameOver(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await flushFolder(parent);
}

/** Deletes what processes that died in {@link writeFolderAtomically} left in `parent`. Only for one that knows nobody writes there. */
export async function removeAbandonedFolders(parent: string): Promise<void> {
  const { fs, path } = requireNodeModules("removeAbandonedFolders");
  const unfinished = (await fs.readdir(parent)).filter((name) => TEMPORARY_FOLDER.test(name));
  await Promise.all(unfinished.map((name) => fs.rm(path.join(parent, name), { recursive: true, force: true })));
}
