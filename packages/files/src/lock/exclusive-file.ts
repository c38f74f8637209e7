import { codeOf, withPath } from "../file-errors.js";
import { requireNodeModules } from "../node-modules.js";
import { type FoundLock, readLock } from "./lock-state.js";

/**
 * Gives the file `aside` a second name, `path`, unless there is a file of that name. File systems without hard links (exFAT, many
 * network and container mounts) get a file that is made exclusively and written in place: a reader may meet it half written.
 */
export async function claimName(aside: string, path: string): Promise<boolean> {
  const { fs } = requireNodeModules("FileLock");
  const failure = await fs.link(aside, path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return true;
  if (codeOf(failure) === "EEXIST") {
    // NFS may have made the link, lost its answer, and been asked again.
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

/** No removal takes this long: whoever began one was killed in it. Milliseconds. */
const REMOVAL = 10_000;

/**
 * Removes the lock at `path` if it still is `stale`, to its last sign of life. One process at a time does: one that still reads the
 * old lock would remove that of a process which took it over since. Returns whether this call removed it.
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
