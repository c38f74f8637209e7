import { DatasetError } from "../dataset-error.js";

/** An array of unsigned bytes, as an IDX file holds it. */
export interface IdxArray {
  /** Sizes of the axes, slowest first. */
  readonly shape: readonly number[];
  /** The elements, row by row: a view of the bytes that were parsed, not a copy. */
  readonly data: Uint8Array;
}

/** Options of {@link parseIdx}. */
export interface ParseIdxOptions {
  /** The file's name, for error messages. */
  readonly file: string;
  /** The sizes that the array must have; `undefined` on an axis allows any. Absent: any number of axes and any sizes. */
  readonly shape?: readonly (number | undefined)[];
}

const UNSIGNED_BYTE = 0x08;

/**
 * Parses a file of the IDX format with unsigned bytes: two zero bytes, the type 08, the number of axes, the size of each
 * axis as a big-endian 32-bit integer, then the elements. The bytes may come from anywhere: sizes are compared with
 * the length before anything is read, and nothing is allocated.
 *
 * @throws DatasetError `bad-header`, `wrong-shape`, `truncated` or `trailing-bytes`.
 *
 * @example
 * ```ts
 * parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1), { file: "labels" }); // shape [3], data [7, 2, 1]
 * ```
 */
export function parseIdx(bytes: Uint8Array, { file, shape: required }: ParseIdxOptions): IdxArray {
  const magic = [0, 0, UNSIGNED_BYTE, ...(required === undefined ? [] : [required.length])];
  const head = bytes.subarray(0, 4);
  if (head.length < 4) {
    const expected = "an IDX header of at least 4 bytes";
    throw new DatasetError({ reason: "truncated", file, expected, found: `${bytes.length} bytes` });
  }
  if (magic.some((byte, i) => head[i] !== byte)) {
    const expected = `an IDX file of unsigned bytes${required === undefined ? "" : ` with ${required.length} axes`}, beginning ${hex(magic)}`;
    throw new DatasetError({ reason: "bad-header", file, expected, found: `the first bytes ${hex(head)}` });
  }

  const rank = head[3] as number;
  const headerLength = 4 + 4 * rank;
  if (bytes.length < headerLength) {
    const expected = `an IDX header of ${headerLength} bytes`;
    throw new DatasetError({ reason: "truncated", file, expected, found: `${bytes.length} bytes` });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (required?.some((size, axis) => size !== undefined && size !== shape[axis])) {
    const expected = `shape [${required.map((size) => size ?? "any").join(",")}]`;
    throw new DatasetError({ reason: "wrong-shape", file, expected, found: `[${shape.join(",")}]` });
  }

  // Up to 255 axes of up to 2^32 - 1: only an exact product can be trusted.
  const length = BigInt(headerLength) + shape.reduce((product, size) => product * BigInt(size), 1n);
  if (length !== BigInt(bytes.length)) {
    const reason = BigInt(bytes.length) < length ? "truncated" : "trailing-bytes";
    const expected = `${length} bytes for shape [${shape.join(",")}]`;
    throw new DatasetError({ reason, file, expected, found: `${bytes.length} bytes` });
  }
  return { shape, data: bytes.subarray(headerLength) };
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
