import { DatasetError } from "../dataset-error.js";
import { ByteCollector } from "./byte-collector.js";

/** Options of {@link gunzipIfPacked}. */
export interface GunzipOptions {
  /** The file's name, for error messages. */
  readonly file: string;
  /** The most bytes that the file may unpack to. */
  readonly maxBytes: number;
}

/**
 * Unpacks bytes that begin with gzip's magic number 1f 8b and returns others as they are: a server that sends a `.gz`
 * file with `Content-Encoding: gzip` has `fetch` unpack it. A file may have several members and zeros
 * at its end, as with gzip(1).
 *
 * @throws DatasetError `bad-gzip`, `trailing-bytes`, or `too-large`; at most a piece past the limit is ever unpacked.
 */
export async function gunzipIfPacked(
  bytes: Uint8Array<ArrayBuffer>,
  options: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { file, maxBytes } = options;
  const collector = new ByteCollector({ file, maxBytes, kind: "unpacked bytes" });
  if (!isGzip(bytes)) {
    collector.checkTotal(bytes.length);
    return bytes;
  }
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  return zlib === undefined ? unpackByStream(bytes, collector, options) : unpackByNode(zlib, bytes, collector, options);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Node accepts further members and zeros at the end. It rejects anything else there without saying what. */
async function unpackByNode(
  zlib: Zlib,
  bytes: Uint8Array<ArrayBuffer>,
  collector: ByteCollector,
  { file, maxBytes }: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const unpacked = await new Promise<Uint8Array>((resolve, reject) => {
      const done = (error: Error | null, result: Uint8Array) => (error === null ? resolve(result) : reject(error));
      zlib.gunzip(bytes, { maxOutputLength: Math.max(1, maxBytes) }, done);
    });
    collector.checkTotal(unpacked.length);
    return Uint8Array.from(unpacked);
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") collector.checkTotal(Infinity, "more");
    const end = endOfMember(zlib, bytes, maxBytes);
    if (end === undefined) throw badGzip(file, bytes.length, cause);
    const expected = `nothing after the ${end} bytes of gzip data`;
    const found = `${bytes.length - end} more`;
    throw new DatasetError({ reason: "trailing-bytes", file, expected, found, cause });
  }
}

type Zlib = typeof import("node:zlib");
const [HAS_HEADER_CRC, HAS_EXTRA, HAS_NAME, HAS_COMMENT] = [2, 4, 8, 16];

/** Where the first member of a gzip file (RFC 1952) ends; undefined unless it is whole and bytes follow it. */
function endOfMember(zlib: Zlib, bytes: Uint8Array, maxBytes: number): number | undefined {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & HAS_EXTRA) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  if (flags & HAS_NAME) at = bytes.indexOf(0, at) + 1;
  if (flags & HAS_COMMENT) at = bytes.indexOf(0, at) + 1;
  if (flags & HAS_HEADER_CRC) at += 2;
  try {
    const options: object = { info: true, maxOutputLength: Math.max(1, maxBytes) };
    // With `info`, which the type lacks, Node tells how many bytes it read.
    const { buffer, engine } = zlib.inflateRawSync(bytes.subarray(at), options) as unknown as Inflated;
    const end = at + engine.bytesWritten;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const isWhole = zlib.crc32(buffer) === view.getUint32(end, true) && buffer.length === view.getUint32(end + 4, true);
    return isWhole && end + 8 < bytes.length ? end + 8 : undefined;
  } catch {
    return undefined;
  }
}

interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * The browser's DecompressionStream rejects what follows the first member, and does not tell where that ends. So where a file is more than one
 * member, each end that it may have is tried: the places where another header begins, and the end of the file with or without
 * padding. A wrong one fails, since each member closes with the checksum and the length of its content.
 */
async function unpackByStream(
  bytes: Uint8Array<ArrayBuffer>,
  collector: ByteCollector,
  options: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  let failure: unknown;
  for (let start = 0; start < bytes.length; ) {
    let next: number | undefined;
    for (const { end, padding } of endsOfMember(bytes, start)) {
      const member = await unpackMember(bytes.subarray(start, end), options).catch((cause) => {
        if (cause instanceof DatasetError) throw cause;
        failure ??= cause;
      });
      if (member === undefined) continue;
      collector.add(member);
      next = end + padding;
      break;
    }
    if (next === undefined) throw badGzip(options.file, bytes.length, failure);
    start = next;
  }
  return collector.bytes();
}

/** Where the member that begins at `start` may end, the likeliest first, and how many zeros follow it there. */
function* endsOfMember(bytes: Uint8Array, start: number): Generator<{ end: number; padding: number }> {
  yield { end: bytes.length, padding: 0 };
  for (let at = bytes.indexOf(0x1f, start + SMALLEST_MEMBER); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    // The magic number, the only method, and flags without the reserved ones.
    const isHeader = bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && (bytes[at + 3]! & 0xe0) === 0;
    if (isHeader) yield { end: at, padding: 0 };
  }
  const zeros = bytes.length - 1 - bytes.findLastIndex((byte) => byte !== 0);
  // The last bytes of a member, its checksum and length, may be zeros themselves.
  for (let own = 0; own < Math.min(zeros, 9); own++) yield { end: bytes.length - zeros + own, padding: zeros - own };
}

/** Header, an empty block, checksum and length. */
const SMALLEST_MEMBER = 20;

/** One member and nothing else. @throws DatasetError `too-large`, or the browser's TypeError. */
async function unpackMember(
  bytes: Uint8Array<ArrayBuffer>,
  { file, maxBytes }: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const collector = new ByteCollector({ file, maxBytes, kind: "unpacked bytes" });
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return collector.bytes();
      collector.add(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    throw cause;
  }
}

function badGzip(file: string, length: number, cause: unknown): DatasetError {
  const found = `${length} bytes that can't be unpacked (${(cause as Error).message})`;
  return new DatasetError({
    reason: "bad-gzip",
    file,
    expected: "a complete gzip file and nothing after it",
    found,
    cause,
  });
}
