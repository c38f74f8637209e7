import type { FileContent } from "./file-content.js";
import { codeOf, withPath } from "./file-errors.js";
import { requireNodeModules } from "./node-modules.js";

/**
 * Writes a file and flushes it to the disk. Network file systems may report a full disk only at the flush or when the file is closed;
 * all of these errors name the file.
 */
export async function writeFlushed(path: string, content: FileContent, mode?: number): Promise<void> {
  const handle = await requireNodeModules("writeFileAtomically").fs.open(path, "w", mode);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw withPath(error, path);
  }
}

const CANNOT_FLUSH_FOLDERS = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EACCES", "EPERM", "EBADF"]);

/**
 * Flushes a folder, so that a rename in it survives a crash. Windows cannot open folders, and some network file systems cannot flush
 * them; the file is in place there nevertheless.
 */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  try {
    const handle = await requireNodeModules("writeFileAtomically").fs.open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!CANNOT_FLUSH_FOLDERS.has(codeOf(error) ?? "")) throw withPath(error, path);
  }
}

const PAUSES_ON_WINDOWS = [10, 30, 100, 300];

/** Renames a file. On Windows this fails while a reader or a virus scanner has the target open, so it is tried again. */
export async function renameOver(from: string, to: string): Promise<void> {
  const { fs } = requireNodeModules("writeFileAtomically");
  for (const pause of process.platform === "win32" ? PAUSES_ON_WINDOWS : []) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      if (!["EPERM", "EACCES", "EBUSY"].includes(codeOf(error) ?? "")) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  await fs.rename(from, to);
}
