import { readSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";
import { DatasetError, type DatasetErrorReason } from "../dataset-error.js";
import type { ZipEntry } from "./zip-list.js";

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;

/**
 * The unpacked bytes of one entry of the archive that is open as `descriptor`; `path` is for errors.
 * Never unpacks more than the entry claims.
 *
 * @throws DatasetError `bad-zip`, `wrong-crc` or `too-large`.
 */
export function readZipEntry(descriptor: number, path: string, entry: ZipEntry): Uint8Array {
  const refuse = (reason: DatasetErrorReason, expected: string, found: string, cause?: unknown) =>
    new DatasetError({ reason, file: `${path}: ${entry.name}`, expected, found, cause });
  const read = (length: number, position: number): Buffer => {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const more = readSync(descriptor, bytes, done, length - done, position + done);
      if (more === 0) throw refuse("bad-zip", `${length} bytes at ${position}`, `the archive's end after ${done}`);
      done += more;
    }
    return bytes;
  };

  const header = read(LOCAL_HEADER_BYTES, entry.offset);
  if (header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) {
    throw refuse("bad-zip", `a local header at ${entry.offset}`, header.toString("hex", 0, 4));
  }
  const local = read(header.readUInt16LE(26), entry.offset + LOCAL_HEADER_BYTES).toString("latin1");
  if (local !== entry.localName) {
    throw refuse("bad-zip", "the same name in the local header as in the directory", JSON.stringify(local));
  }
  const start = entry.offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = read(entry.compressedSize, start);
  let bytes: Uint8Array = packed;
  if (entry.method !== 0) {
    try {
      // At least 1, the least that zlib takes.
      bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "ERR_BUFFER_TOO_LARGE") {
        throw refuse("too-large", `${entry.size} unpacked bytes, as the archive claims`, "more", cause);
      }
      throw refuse("bad-zip", "deflated bytes", message, cause);
    }
  }
  if (bytes.length !== entry.size) throw refuse("bad-zip", `${entry.size} unpacked bytes`, String(bytes.length));
  const found = crc32(bytes);
  if (found !== entry.crc32) throw refuse("wrong-crc", `CRC-32 ${hex(entry.crc32)}`, hex(found));
  return bytes;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
