import { codeOf, withPath } from "./file-errors.js";
import { requireNodeModules } from "./node-modules.js";
import type { FileContent } from "./write-file.js";

/**
 * Writes a file and flushes it to the disk. A full disk is told here, and network file systems tell it at the flush or at the
 * end: every one of these errors names the file.
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
 * Flushes a folder: only then is a rename in it on the disk. Windows opens no folders, and some network file systems do not
 * flush them; the file is in place there all the same.
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

/** Renames. On Windows a reader or a virus scanner that has the target open makes it fail for a moment: it is tried again. */
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
