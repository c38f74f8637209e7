import { DatasetError } from "../dataset-error.js";
import { nodeModules, requireNodeModules } from "./node-modules.js";
import { type CheckedFile, checkFile, maxPackedBytes, type PublishedFile } from "./published-file.js";
import { readAddress, readPath } from "./read-file.js";

/** Options of {@link readFromFolder}. */
export interface ReadFromFolderOptions {
  readonly verify: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * The file from a folder of the file system or, given as a URL, of a server: unpacked, else `.gz`.
 * Undefined if there is neither.
 */
export async function readFromFolder(
  dir: string | URL,
  file: PublishedFile,
  { verify, signal }: ReadFromFolderOptions,
): Promise<CheckedFile | undefined> {
  for (const name of [file.name, `${file.name}.gz`]) {
    const source = joinAddress(dir, name);
    const read = typeof source === "string" ? readPath : readAddress;
    const bytes = await (read as typeof readAddress)(source as URL, { maxBytes: maxPackedBytes(file, verify), signal });
    if (bytes !== undefined) return checkFile(bytes, file, { source: String(source), verify });
  }
  return undefined;
}

/** Path or address of a file of a folder. */
export function joinAddress(dir: string | URL, name: string): string | URL {
  const node = nodeModules();
  if (typeof dir === "string" && node !== undefined) return node.path.join(dir, name);
  const folder = new URL(dir, globalThis.document?.baseURI);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  return new URL(name, folder);
}

/** The folder for downloads where none is given. */
export function defaultCacheFolder(): string {
  const { os, path } = requireNodeModules("download");
  const { env, platform } = globalThis.process;
  const home = os.homedir();
  const base =
    platform === "win32"
      ? (env.LOCALAPPDATA ?? path.join(home, "AppData", "Local"))
      : platform === "darwin"
        ? path.join(home, "Library", "Caches")
        : (env.XDG_CACHE_HOME ?? path.join(home, ".cache"));
  return path.join(base, "igr-datasets");
}

const STALE_AFTER = 24 * 60 * 60 * 1000;

/**
 * Writes a file that is there whole or not at all: into a temporary file beside it, flushed, then renamed.
 * Also removes temporary files of this name that a killed program left more than a day ago.
 *
 * @throws DatasetError `unreadable` if the folder can't be written; the temporary file is removed.
 */
export async function writeAtomically(dir: string, name: string, bytes: Uint8Array): Promise<void> {
  const { fs, path } = requireNodeModules("download");
  const temporary = path.join(dir, `.${name}.${crypto.randomUUID()}.tmp`);
  try {
    await fs.mkdir(dir, { recursive: true });
    await removeStale(dir, name);
    const handle = await fs.open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, path.join(dir, name));
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    const advice = "pass another folder as dir or download: { cacheDir }";
    const found = (cause as Error).message;
    const expected = "a folder that can be written";
    throw new DatasetError({ reason: "unreadable", file: path.join(dir, name), expected, found, advice, cause });
  }
}

async function removeStale(dir: string, name: string): Promise<void> {
  const { fs, path } = requireNodeModules("download");
  for (const entry of await fs.readdir(dir)) {
    if (!entry.startsWith(`.${name}.`) || !entry.endsWith(".tmp")) continue;
    const file = path.join(dir, entry);
    const status = await fs.stat(file).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs > STALE_AFTER) await fs.rm(file, { force: true });
  }
}
