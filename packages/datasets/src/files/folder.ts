import {
  cacheFolder,
  makeFolder,
  nodeModules,
  removeAbandonedFiles,
  requireNodeModules,
  writeFileAtomically,
} from "@igr/files";
import { DatasetError } from "../dataset-error.js";
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

/** The folder for downloads and converted pictures where none is given. */
export function defaultCacheFolder(): string {
  return cacheFolder("igr-datasets");
}

/**
 * Writes a file of a folder, which is made if need be, so that it is there whole or not at all. Also removes what a killed program
 * left of this file more than a day ago.
 *
 * @throws DatasetError `unreadable` if the folder can't be written; nothing of the attempt stays.
 */
export async function writeWholeFile(dir: string, name: string, bytes: Uint8Array): Promise<void> {
  const { path } = requireNodeModules("download");
  const file = path.join(dir, name);
  try {
    await makeFolder(dir);
    await removeAbandonedFiles(dir, (each) => each === name);
    await writeFileAtomically(file, bytes);
  } catch (cause) {
    const advice = "pass another folder as dir or download: { cacheDir }";
    const found = (cause as Error).message;
    const expected = "a folder that can be written";
    throw new DatasetError({ reason: "unreadable", file, expected, found, advice, cause });
  }
}
