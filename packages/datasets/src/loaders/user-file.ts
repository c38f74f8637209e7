import { DatasetError } from "../dataset-error.js";
import { joinAddress } from "../files/folder.js";
import { gunzipIfPacked } from "../files/gunzip.js";
import { readAddress, readPath } from "../files/read-file.js";

/** Options of loaders that read the user's own files. */
export interface UserFolderOptions {
  /** Folder with the files under their published names, unpacked or with `.gz`: a path, or a URL. */
  readonly dir: string | URL;
  /** Whether the number of images must be the published one. Absent: true. */
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

/** More than the largest file has, unpacked: EMNIST by classes has 547 MB. */
const MAX_BYTES = 2 ** 30;

/** The unpacked file `name` or `name.gz` of a folder. @throws DatasetError `not-found`, `unreadable`, `too-large`, `bad-gzip` or `network`. */
export async function readUserFile(name: string, { dir, signal }: UserFolderOptions): Promise<UserFile> {
  for (const candidate of [name, `${name}.gz`]) {
    const source = joinAddress(dir, candidate);
    const options = { maxBytes: MAX_BYTES, signal };
    const packed = await (typeof source === "string" ? readPath(source, options) : readAddress(source, options));
    const file = String(source);
    if (packed === undefined) continue;
    return { file, bytes: await gunzipIfPacked(packed, { file, maxBytes: MAX_BYTES }), packed };
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

/** @throws RangeError unless `value` is one of `allowed`. */
export function checkChoice<T extends string>(owner: string, name: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return;
  const list = allowed.map((choice) => `"${choice}"`).join(" or ");
  throw new RangeError(`${owner}: ${name} must be ${list}, got ${JSON.stringify(value)}`);
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
