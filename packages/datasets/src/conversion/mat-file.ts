import { inflateSync } from "node:zlib";

/** A real matrix of a MAT-file. */
export interface MatMatrix {
  /** Sizes of its axes. */
  readonly shape: readonly number[];
  /** Number of entries. */
  readonly length: number;
  /** An entry by its position, column by column: the first axis runs fastest. */
  at(index: number): number;
}

const HEADER_BYTES = 128;
const TAG_BYTES = 8;
const MATRIX = 14;
const COMPRESSED = 15;
const COMPLEX = 0x0800;
/** Classes of full numeric arrays: double, single, and integers from 8 to 32 bits. */
const NUMERIC_CLASSES = { from: 6, to: 13 };

/** Types of stored entries. They can differ from the class of the matrix: MATLAB stores whole numbers in fewer bytes. */
const NUMBERS: Readonly<Record<number, { readonly bytes: number; read(view: DataView, at: number): number }>> = {
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  7: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  9: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Options of {@link readMatFile}. */
export interface ReadMatFileOptions {
  /** The most bytes that all variables may unpack to. */
  readonly maxBytes: number;
}

/**
 * The real, full, numeric matrices of a MAT-file of version 5 by their names: what `save` of MATLAB 5 to 7 and
 * `scipy.io.savemat` write, packed or not, little-endian. Variables of other kinds are skipped.
 *
 * @throws Error with the reason if the bytes aren't such a file, or are cut or damaged.
 */
export function readMatFile(bytes: Uint8Array, { maxBytes }: ReadMatFileOptions): Map<string, MatMatrix> {
  checkMatHeader(bytes);
  const file = viewOf(bytes);
  const matrices = new Map<string, MatMatrix>();
  let room = maxBytes;
  const inflate = (packed: Uint8Array) => {
    const unpacked = inflateSync(packed, { maxOutputLength: Math.max(1, room) });
    room -= unpacked.length;
    return unpacked;
  };
  for (let at = HEADER_BYTES; at < file.byteLength; ) {
    const element = elementAt(file, at);
    at = element.end;
    const matrix = element.type === COMPRESSED ? elementAt(viewOf(inflate(element.bytes)), 0) : element;
    if (matrix.type !== MATRIX) continue;
    const read = readMatrix(viewOf(matrix.bytes));
    if (read !== undefined) matrices.set(read.name, read.matrix);
  }
  return matrices;
}

/** @throws Error unless the bytes begin as a little-endian MAT-file of version 5 does. */
export function checkMatHeader(bytes: Uint8Array): void {
  const file = viewOf(bytes);
  if (file.byteLength < HEADER_BYTES) throw new Error(`${file.byteLength} bytes, too few for a header`);
  const order = String.fromCharCode(file.getUint8(126), file.getUint8(127));
  const version = file.getUint16(124, true);
  if (order === "IM" && version === 0x0100) return;
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 20)).replace(/[^ -~]/g, "?");
  throw new Error(`a header that begins "${text}"`);
}

interface Element {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** Type, length and bytes. A short element has its bytes within the tag. */
function elementAt(view: DataView, at: number): Element {
  const cut = () => new Error(`an element at ${at} that goes past the end`);
  if (at + TAG_BYTES > view.byteLength) throw cut();
  const first = view.getUint32(at, true);
  const isSmall = first > 0xffff;
  const type = isSmall ? first & 0xffff : first;
  const length = isSmall ? first >>> 16 : view.getUint32(at + 4, true);
  const start = isSmall ? at + 4 : at + TAG_BYTES;
  if ((isSmall && length > 4) || start + length > view.byteLength) throw cut();
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, length);
  // Packed elements follow each other, others begin at multiples of 8.
  const end = isSmall ? at + TAG_BYTES : type === COMPRESSED ? start + length : start + 8 * Math.ceil(length / 8);
  return { type, bytes, end };
}

/** Undefined unless the variable is a real, full, numeric matrix. */
function readMatrix(view: DataView): { readonly name: string; readonly matrix: MatMatrix } | undefined {
  const flags = elementAt(view, 0);
  const word = numbersOf(flags).at(0);
  const kind = word & 0xff;
  if (kind < NUMERIC_CLASSES.from || kind > NUMERIC_CLASSES.to || (word & COMPLEX) !== 0) return undefined;
  const dimensions = elementAt(view, flags.end);
  const name = elementAt(view, dimensions.end);
  const sizes = numbersOf(dimensions);
  const shape = Array.from({ length: sizes.length }, (_, axis) => sizes.at(axis));
  const values = numbersOf(elementAt(view, name.end));
  const expected = shape.reduce((product, size) => product * size, 1);
  const called = new TextDecoder("latin1").decode(name.bytes);
  if (values.length !== expected) {
    throw new Error(`${values.length} numbers for '${called}' of shape [${shape.join(",")}]`);
  }
  return { name: called, matrix: { shape, ...values } };
}

function numbersOf({ type, bytes }: Element): Omit<MatMatrix, "shape"> {
  const kind = NUMBERS[type];
  if (kind === undefined || bytes.length % kind.bytes !== 0) {
    throw new Error(`${bytes.length} bytes of type ${type} where numbers should be`);
  }
  const view = viewOf(bytes);
  return { length: bytes.length / kind.bytes, at: (index) => kind.read(view, index * kind.bytes) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
