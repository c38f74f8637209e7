import { flushFolder, renameOver, writeFlushed } from "./flush.js";
import { requireNodeModules } from "./node-modules.js";

/** What a file is made of. A string is written as UTF-8. */
export type FileContent = Uint8Array | string;

/**
 * Writes a file that is there whole or not at all: beside its place, flushed to the disk, renamed, and the folder flushed. A
 * reader sees the old content or the new one, also after a crash of the machine.
 *
 * @throws the file system's error, which names the file also when the disk is full; nothing of the attempt stays.
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

/** A name beside `path` that no other process or call gives to a file; {@link removeAbandonedFiles} knows it. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${requireNodeModules("writeFileAtomically").crypto.randomUUID()}.tmp`;
}

const TEMPORARY_FILE = /\.\d+-[0-9a-f-]{36}\.tmp$/;
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/**
 * Deletes what a killed process left in a folder a day ago or more: temporary files of {@link writeFileAtomically} whose final
 * name `isName` accepts. A file that another process is still writing is younger, and stays.
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
