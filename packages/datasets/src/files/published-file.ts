import { DatasetError } from "../dataset-error.js";
import { gunzipIfPacked } from "./gunzip.js";
import { type IdxArray, parseIdx } from "./idx.js";

/** What is known of a file of a data set before it is read. */
export interface PublishedFile {
  /** Name of the unpacked file; the packed one has `.gz` at the end. */
  readonly name: string;
  /** SHA-256 of the unpacked bytes, in hexadecimal. */
  readonly sha256: string;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
}

/** Bytes of an IDX file, header included. */
export function idxByteLength({ shape }: PublishedFile): number {
  return 4 + 4 * shape.length + shape.reduce((product, size) => product * size, 1);
}

/** Files that aren't the published ones may be this long, unpacked. */
const MAX_UNVERIFIED_BYTES = 2 ** 31 - 1;

/** The most bytes that are unpacked for `file`. */
export function maxUnpackedBytes(file: PublishedFile, verify: boolean): number {
  return verify ? idxByteLength(file) : MAX_UNVERIFIED_BYTES;
}

/** The most bytes that are read or received for `file`, packed or not: gzip never adds more than this. */
export function maxPackedBytes(file: PublishedFile, verify: boolean): number {
  const unpacked = maxUnpackedBytes(file, verify);
  return unpacked + Math.ceil(unpacked / 1000) + 1024;
}

/** A file whose bytes have been unpacked and checked. */
export interface CheckedFile {
  /** The unpacked bytes, header included. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly array: IdxArray;
}

/**
 * Unpacks `bytes` if need be, parses them, and compares them with what was published.
 * `source` (a path or an address) names the file in errors. With `verify: false` the first axis may have any size and
 * the hash isn't looked at.
 *
 * @throws DatasetError with every reason that damaged bytes can have.
 */
export async function checkFile(
  bytes: Uint8Array<ArrayBuffer>,
  file: PublishedFile,
  { source, verify }: { readonly source: string; readonly verify: boolean },
): Promise<CheckedFile> {
  const unpacked = await gunzipIfPacked(bytes, { file: source, maxBytes: maxUnpackedBytes(file, verify) });
  const shape = verify ? file.shape : [undefined, ...file.shape.slice(1)];
  // Before the hash, because "an HTML page" or "12 bytes missing" says more than a hash.
  const array = parseIdx(unpacked, { file: source, shape });
  if (verify) {
    const found = await sha256(unpacked, source);
    if (found !== file.sha256) {
      const advice = "pass verify: false to read other data in the same format";
      const expected = `SHA-256 ${file.sha256} of the unpacked bytes`;
      throw new DatasetError({ reason: "wrong-hash", file: source, expected, found, advice });
    }
  }
  return { bytes: unpacked, array };
}

/** SHA-256 in hexadecimal; `source` names the file in the error of a page that has no `crypto.subtle`. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>, source: string): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new DatasetError({
      reason: "wrong-hash",
      file: source,
      expected: "a page with crypto.subtle to compute SHA-256",
      found: "none (browsers offer it on https and on localhost only)",
      advice: "serve the page over https, or pass verify: false",
    });
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
