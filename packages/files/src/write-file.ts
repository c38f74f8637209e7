import type { FileContent } from "./file-content.js";
import { flushFolder, renameOver, writeFlushed } from "./flush.js";
import { requireNodeModules } from "./node-modules.js";

/**
 * Writes a file completely or not at all: the content goes to a temporary file in the same folder, which is flushed to the disk and
 * renamed; then the folder is flushed. A reader sees either the old content or the new one, even after a crash of the machine.
 *
 * @throws the file system's error, which names the file even if the disk is full. The temporary files are deleted.
 *
 * @example
 * ```ts
 * await writeFileAtomically("results.json", JSON.stringify({ elbo: -93.7 }));
 * ```
 */
export async function writeFileAtomically(path: string, content: FileContent): Promise<void> {
  const { fs, path: paths } = requireNodeModules("writeFileAtomically");
  const temporary = temporaryName(path);
  try {
    await writeFlushed(temporary, content);
    await renameOver(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await flushFolder(paths.dirname(path));
}

/** A name in the folder of `path` that no other process or call uses. {@link removeAbandonedFiles} recognizes it. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${requireNodeModules("writeFileAtomically").crypto.randomUUID()}.tmp`;
}

const TEMPORARY_FILE = /\.\d+-[0-9a-f-]{36}\.tmp$/;
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/**
 * Deletes temporary files of {@link writeFileAtomically} that a killed process left in a folder at least a day ago, if `isName` accepts
 * their final name. A file that another process is still writing is younger, so it stays.
 */
export async function removeAbandonedFiles(folder: string, isName: (name: string) => boolean): Promise<void> {
  const { fs, path } = requireNodeModules("removeAbandonedFiles");
  for (const entry of await fs.readdir(folder)) {
    if (!TEMPORARY_FILE.test(entry) || !isName(entry.replace(TEMPORARY_FILE, ""))) continue;
    const file = path.join(folder, entry);
    const status = await fs.stat(file).catch(() => undefined);
    if (status && Date.now() - status.mtimeMs > ABANDONED_AFTER) await fs.rm(file, { force: true });
  }
}
