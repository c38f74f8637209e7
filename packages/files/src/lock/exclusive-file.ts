import { codeOf, withPath } from "../file-errors.js";
import { requireNodeModules } from "../node-modules.js";
import { type FoundLock, readLock } from "./lock-state.js";

/**
 * Gives the file `aside` a second name, `path`, unless a file of that name exists. On file systems without hard links (exFAT, many
 * network and container mounts) the file is created exclusively and written in place, so a reader may see half of it.
 */
export async function claimName(aside: string, path: string): Promise<boolean> {
  const { fs } = requireNodeModules("FileLock");
  const failure = await fs.link(aside, path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return true;
  if (codeOf(failure) === "EEXIST") {
    // NFS may have made the link, lost the reply, and received the request again.
    return (await textOf(path)) === (await textOf(aside));
  }
  return writeInPlace(path, await fs.readFile(aside));
}

async function writeInPlace(path: string, content: Uint8Array): Promise<boolean> {
  const { fs } = requireNodeModules("FileLock");
  const handle = await fs.open(path, "wx").catch((error: unknown) => {
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    await fs.rm(path, { force: true }).catch(() => {});
    throw withPath(error, path);
  }
}

/** In milliseconds. A removal that takes longer belongs to a process that was killed during it. */
const REMOVAL = 10_000;

/**
 * Removes the lock at `path` if it is still `stale` and has given no sign of life since. A guard file admits one process at a time:
 * otherwise a process that has read the old lock could remove the lock of a process that took it over meanwhile. Returns whether this
 * call removed it.
 */
export async function removeStaleLock(path: string, stale: FoundLock, aside: string): Promise<boolean> {
  const { fs } = requireNodeModules("FileLock");
  const guard = `${path}.takeover`;
  if (await claimName(aside, guard)) {
    try {
      const present = await readLock(path);
      if (present?.text !== stale.text || present.modified !== stale.modified) return false;
      await fs.rm(path, { force: true });
      return true;
    } finally {
      await fs.rm(guard, { force: true });
    }
  }
  const other = await readLock(guard);
  if (other !== undefined && (await fs.stat(aside)).mtimeMs - other.modified > REMOVAL) {
    await fs.rm(guard, { force: true });
  } else {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

async function textOf(path: string): Promise<string | undefined> {
  return requireNodeModules("FileLock")
    .fs.readFile(path, "utf8")
    .catch(() => undefined);
}
