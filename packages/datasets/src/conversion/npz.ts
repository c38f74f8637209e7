import { closeSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { DatasetError } from "../dataset-error.js";
import type { UserFile } from "../loaders/user-file.js";
import { listZip } from "./zip-list.js";
import { readZipEntry } from "./zip-read.js";

/** Name of the array that `numpy.savez(file, array)` saves. */
const ENTRY = "arr_0.npy";
/** 60,000 images of 784 bytes, and room. */
const MAX_BYTES = 2 ** 26;
const MAGIC = "\x93NUMPY";

/** Converts two npz files, images and labels, to IDX files. Undefined unless both exist. @throws DatasetError */
export async function readNpzPair(images: string, labels: string): Promise<readonly [UserFile, UserFile] | undefined> {
  const [first, second] = await Promise.all([readNpz(images), readNpz(labels)]);
  return first === undefined || second === undefined ? undefined : [first, second];
}

async function readNpz(file: string): Promise<UserFile | undefined> {
  if ((await stat(file).catch(() => undefined)) === undefined) return undefined;
  const { entries, names } = await listZip(file, { maxEntryBytes: MAX_BYTES, wanted: (name) => name === ENTRY });
  const [entry] = entries;
  if (entry === undefined) {
    const found = [...names].slice(0, 5).join(", ") || "nothing";
    throw new DatasetError({ reason: "wrong-shape", file, expected: `an array ${ENTRY}`, found });
  }
  const descriptor = openSync(file, "r");
  try {
    const bytes = idxOfNpy(readZipEntry(descriptor, file, entry), file);
    return { file, bytes, packed: bytes };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Converts NumPy's format NPY to IDX. An NPY file has a magic number, a version, the length of its header, the header as a Python dictionary, and the
 * elements (numpy/lib/format.py). Only unsigned bytes, row by row, are accepted.
 */
function idxOfNpy(npy: Uint8Array, file: string): Uint8Array<ArrayBuffer> {
  const buffer = Buffer.from(npy.buffer, npy.byteOffset, npy.byteLength);
  const refuse = (expected: string, found: string) =>
    new DatasetError({ reason: "bad-header", file: `${file}: ${ENTRY}`, expected, found });
  if (buffer.length < 12 || buffer.toString("latin1", 0, 6) !== MAGIC) {
    throw refuse("an array of NumPy's", `the first bytes ${buffer.toString("hex", 0, 6)}`);
  }
  const isFirstVersion = buffer[6] === 1;
  const start = (isFirstVersion ? 10 : 12) + (isFirstVersion ? buffer.readUInt16LE(8) : buffer.readUInt32LE(8));
  const header = buffer.toString("latin1", isFirstVersion ? 10 : 12, start).trim();
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (type === undefined || order === undefined || sizes === undefined) {
    throw refuse("a header of NumPy's", header.slice(0, 200));
  }
  if (type !== "|u1") throw refuse("unsigned bytes, type |u1", type);
  if (order !== "False") throw refuse("an array stored row by row", "one stored column by column");
  const shape = sizes
    .split(",")
    .map(Number)
    .slice(0, sizes.endsWith(",") ? -1 : undefined);
  const idx = new Uint8Array(4 + 4 * shape.length + buffer.length - start);
  idx.set([0, 0, 8, shape.length]);
  const view = new DataView(idx.buffer);
  for (const [axis, size] of shape.entries()) view.setUint32(4 + 4 * axis, size);
  idx.set(buffer.subarray(start), 4 + 4 * shape.length);
  return idx;
}
