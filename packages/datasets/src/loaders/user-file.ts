import { DatasetError } from "../dataset-error.js";
import { joinAddress } from "../files/folder.js";
import { gunzipIfPacked } from "../files/gunzip.js";
import { readAddress, readPath } from "../files/read-file.js";

/** Options of loaders that read the user's own files. */
export interface UserFolderOptions {
  /** Folder with the files under their published names, unpacked or with `.gz`: a path, or a URL. */
  readonly dir: string | URL;
  /** Whether the number of images must be the published one. By default true. */
  readonly verify?: boolean;
  /** Stops loading. */
  readonly signal?: AbortSignal;
}

/** Bytes of a file, and its path or address. */
export interface UserFile {
  readonly file: string;
  /** Unpacked. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As they were read; the same as `bytes` where they weren't packed. */
  readonly packed: Uint8Array<ArrayBuffer>;
}

/** The most bytes of a file of other data, packed or not. */
const MAX_BYTES = 2 ** 30;

/**
 * The unpacked file `name` or `name.gz` of a folder. It has at most `largest` bytes, which is the length of the data set's largest split, so that the
 * files of other splits are told by their number of images; with `verify: false` it has at most 2^30.
 *
 * @throws DatasetError `not-found`, `unreadable`, `too-large`, `bad-gzip`, `trailing-bytes` or `network`.
 */
export async function readUserFile(
  name: string,
  { dir, signal, verify = true }: UserFolderOptions,
  largest: number,
): Promise<UserFile> {
  const maxBytes = verify ? largest : MAX_BYTES;
  for (const candidate of [name, `${name}.gz`]) {
    const source = joinAddress(dir, candidate);
    // gzip adds less than this to bytes that don't pack.
    const options = { maxBytes: maxBytes + Math.ceil(maxBytes / 1000) + 1024, signal };
    const packed = await (typeof source === "string" ? readPath(source, options) : readAddress(source, options));
    const file = String(source);
    if (packed === undefined) continue;
    return { file, bytes: await gunzipIfPacked(packed, { file, maxBytes }), packed };
  }
  const advice = "download the data set yourself and pass its folder as dir";
  throw new DatasetError({
    reason: "not-found",
    file: String(dir),
    expected: `${name} or ${name}.gz`,
    found: "neither",
    advice,
  });
}

/** @throws DatasetError `wrong-shape` unless there are `expected` images: those of another split, or not all of them. */
export function checkCount(file: string, expected: number, found: number, verify = true): void {
  if (!verify || expected === found) return;
  const advice = "the file may be that of another split; pass verify: false to read other data in the same format";
  throw new DatasetError({
    reason: "wrong-shape",
    file,
    expected: `${expected} images`,
    found: String(found),
    advice,
  });
}
