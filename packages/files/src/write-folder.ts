import type { FileContent } from "./file-content.js";
import { flushFolder, renameOver, writeFlushed } from "./flush.js";
import { makeFolder } from "./make-folder.js";
import { requireNodeModules } from "./node-modules.js";

const TEMPORARY_FOLDER = /^\.tmp-\d+-/;

/**
 * Writes a folder of files. The folder gets its name when all files are on the disk. No folder of that name may exist.
 *
 * @throws the file system's error, which names the file even if the disk is full. The temporary files are deleted.
 */
export async function writeFolderAtomically(path: string, files: ReadonlyMap<string, FileContent>): Promise<void> {
  const { fs, path: paths } = requireNodeModules("writeFolderAtomically");
  const parent = paths.dirname(path);
  const temporary = paths.join(parent, `.tmp-${process.pid}-${paths.basename(path)}`);
  try {
    await makeFolder(temporary);
    for (const [name, content] of files) await writeFlushed(paths.join(temporary, name), content);
    await flushFolder(temporary);
    await renameOver(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await flushFolder(parent);
}

/** Deletes what processes that died in {@link writeFolderAtomically} left in `parent`. Call it only while no other process writes there. */
export async function removeAbandonedFolders(parent: string): Promise<void> {
  const { fs, path } = requireNodeModules("removeAbandonedFolders");
  const unfinished = (await fs.readdir(parent)).filter((name) => TEMPORARY_FOLDER.test(name));
  await Promise.all(unfinished.map((name) => fs.rm(path.join(parent, name), { recursive: true, force: true })));
}
