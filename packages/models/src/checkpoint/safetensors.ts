/** A float32 or int32 array with its shape, as stored in a file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

const DTYPES = { F32: Float32Array, I32: Int32Array } as const;
const HEADER_LIMIT = 100_000_000;

interface Entry {
  readonly dtype: keyof typeof DTYPES;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Tensors in the safetensors layout: 8 bytes with the header's length (little-endian), a JSON header with dtype, shape
 * and place of each tensor, then their bytes one after another. Equal tensors give equal bytes.
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  const header: Record<string, Entry> = {};
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const dtype = data instanceof Float32Array ? "F32" : "I32";
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // The JSON is padded with spaces to a multiple of 8 bytes, so that readers can map the tensors in place.
  const start = Math.ceil((8 + json.length) / 8) * 8;
  const file = new Uint8Array(start + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.fill(0x20, 8, start);
  file.set(json, 8);
  for (const [name, { data }] of tensors) {
    const bytes = isLittleEndian ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : swapped(data);
    file.set(bytes, start + header[name]!.data_offsets[0]);
  }
  return file;
}

/**
 * The tensors of a safetensors file.
 * @throws Error, naming `source`, if the bytes are not such a file, or contain a dtype other than F32 and I32.
 */
export function decodeSafetensors(file: Uint8Array, source: string): Map<string, StoredTensor> {
  const fail = (what: string): never => {
    throw new Error(`${source}: not a safetensors file of float32 and int32 tensors: ${what}`);
  };
  if (file.length < 8) fail(`${file.length} bytes are too few for a header`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > file.length) {
    fail(`a header of ${length} bytes in a file of ${file.length}`);
  }
  const start = 8 + length;
  const tensors = new Map<string, StoredTensor>();
  const ranges: (readonly [number, number])[] = [];
  for (const [name, entry] of Object.entries(parseHeader(file.subarray(8, start), fail))) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = checkEntry(name, entry, fail);
    const [from, to] = offsets;
    const values = shape.reduce((size, axis) => size * axis, 1);
    if (to - from !== 4 * values || start + to > file.length) {
      fail(`'${name}' of shape [${shape}] at bytes ${from} to ${to} of ${file.length - start}`);
    }
    const data = new DTYPES[dtype](values);
    const bytes = new Uint8Array(data.buffer);
    bytes.set(file.subarray(start + from, start + to));
    if (!isLittleEndian) bytes.set(swapped(data));
    tensors.set(name, { shape, data });
    ranges.push(offsets);
  }
  // An empty tensor is ordered before the tensor that begins at the same byte, in whatever order the header lists them.
  ranges.sort(([fromA, toA], [fromB, toB]) => fromA - fromB || toA - toB);
  let end = 0;
  for (const [from, to] of ranges) {
    if (from !== end) fail(`a gap or an overlap at byte ${end}`);
    end = to;
  }
  if (start + end !== file.length) fail(`${file.length - start - end} bytes after the last tensor`);
  return tensors;
}

function parseHeader(json: Uint8Array, fail: (what: string) => never): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
    if (typeof header === "object" && header !== null && !Array.isArray(header)) {
      return header as Record<string, unknown>;
    }
  } catch {
    // Falls through to the same error.
  }
  return fail("its header is not a JSON object");
}

function checkEntry(name: string, entry: unknown, fail: (what: string) => never): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Entry>;
  const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!(dtype === "F32" || dtype === "I32")) fail(`'${name}' has dtype ${dtype}`);
  if (!(Array.isArray(shape) && shape.every(isCount))) fail(`'${name}' has shape ${JSON.stringify(shape)}`);
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount) && offsets[0]! <= offsets[1]!)) {
    fail(`'${name}' has data_offsets ${JSON.stringify(offsets)}`);
  }
  return entry as Entry;
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function swapped(data: Float32Array | Int32Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return bytes;
}
