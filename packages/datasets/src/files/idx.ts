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
  /** The sizes that the array must have; `undefined` on an axis allows any. By default any number of axes and any sizes. */
  readonly shape?: readonly (number | undefined)[];
}

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
export function parseIdx(bytes: Uint8Array, options: ParseIdxOptions): IdxArray {
  const { shape, start } = readHeader(bytes, options, [0x08]);
  return { shape, data: bytes.subarray(start) };
}

/** An array of numbers of any type that an IDX file may hold. */
export interface IdxNumbers {
  /** Sizes of the axes, slowest first. */
  readonly shape: readonly number[];
  /** The elements, row by row; in the byte order of this machine. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** Element types by the third byte of a file: how many bytes one has, and how it is read, most significant byte first. */
const ELEMENTS = {
  8: { bytes: 1, create: (n: number) => new Uint8Array(n), read: (view: DataView, at: number) => view.getUint8(at) },
  9: { bytes: 1, create: (n: number) => new Int8Array(n), read: (view: DataView, at: number) => view.getInt8(at) },
  11: { bytes: 2, create: (n: number) => new Int16Array(n), read: (view: DataView, at: number) => view.getInt16(at) },
  12: { bytes: 4, create: (n: number) => new Int32Array(n), read: (view: DataView, at: number) => view.getInt32(at) },
  13: {
    bytes: 4,
    create: (n: number) => new Float32Array(n),
    read: (view: DataView, at: number) => view.getFloat32(at),
  },
  14: {
    bytes: 8,
    create: (n: number) => new Float64Array(n),
    read: (view: DataView, at: number) => view.getFloat64(at),
  },
} as const;
type ElementCode = keyof typeof ELEMENTS;
const CODES = Object.keys(ELEMENTS).map(Number);

/**
 * Parses an IDX file of any element type: unsigned (08) or signed (09) bytes, 16-bit (0B) or 32-bit (0C) integers, floats of 32 (0D)
 * or 64 (0E) bits. Sizes are compared with the length before memory is allocated.
 *
 * @throws DatasetError `bad-header`, `wrong-shape`, `truncated` or `trailing-bytes`.
 *
 * @example
 * ```ts
 * parseIdxNumbers(Uint8Array.of(0, 0, 11, 1, 0, 0, 0, 2, 1, 0, 255, 255), { file: "x" }).data; // Int16Array [256, -1]
 * ```
 */
export function parseIdxNumbers(bytes: Uint8Array, options: ParseIdxOptions): IdxNumbers {
  const { shape, start, code } = readHeader(bytes, options, CODES);
  const { bytes: width, create, read } = ELEMENTS[code as ElementCode];
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const data = create(view.byteLength / width);
  for (let i = 0; i < data.length; i++) data[i] = read(view, i * width);
  return { shape, data };
}

interface IdxHeader {
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly start: number;
  readonly code: number;
}

function readHeader(
  bytes: Uint8Array,
  { file, shape: required }: ParseIdxOptions,
  codes: readonly number[],
): IdxHeader {
  const head = bytes.subarray(0, 4);
  if (head.length < 4) {
    const expected = "an IDX header of at least 4 bytes";
    throw new DatasetError({ reason: "truncated", file, expected, found: `${bytes.length} bytes` });
  }
  const [first, second, code, rank] = head as unknown as [number, number, number, number];
  if (first !== 0 || second !== 0 || !codes.includes(code) || (required !== undefined && rank !== required.length)) {
    const axes = required === undefined ? "" : ` with ${required.length} axes`;
    const magic = hex([
      0,
      0,
      ...(codes.length === 1 ? codes : []),
      ...(required && codes.length === 1 ? [required.length] : []),
    ]);
    const elements = codes.length === 1 ? "unsigned bytes" : "numbers";
    const expected = `an IDX file of ${elements}${axes}, beginning ${magic}`;
    throw new DatasetError({ reason: "bad-header", file, expected, found: `the first bytes ${hex(head)}` });
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    const expected = `an IDX header of ${start} bytes`;
    throw new DatasetError({ reason: "truncated", file, expected, found: `${bytes.length} bytes` });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (required?.some((size, axis) => size !== undefined && size !== shape[axis])) {
    const expected = `shape [${required.map((size) => size ?? "any").join(",")}]`;
    throw new DatasetError({ reason: "wrong-shape", file, expected, found: `[${shape.join(",")}]` });
  }
  // Up to 255 axes of up to 2^32 - 1: only an exact product can be trusted.
  const width = BigInt(ELEMENTS[code as ElementCode].bytes);
  const length = BigInt(start) + shape.reduce((product, size) => product * BigInt(size), width);
  if (length !== BigInt(bytes.length)) {
    const reason = BigInt(bytes.length) < length ? "truncated" : "trailing-bytes";
    const expected = `${length} bytes for shape [${shape.join(",")}]`;
    throw new DatasetError({ reason, file, expected, found: `${bytes.length} bytes` });
  }
  return { shape, start, code };
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
