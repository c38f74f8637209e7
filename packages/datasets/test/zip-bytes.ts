import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a test's archive; what is given beside `bytes` is what the archive claims, true or not. */
export interface TestEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly stored?: boolean;
  readonly crc32?: number;
  readonly size?: number;
  readonly flags?: number;
  /** Whether sizes and offset stand in a zip64 record. */
  readonly zip64?: boolean;
  /** Points to the local header of this entry instead of one of its own. */
  readonly sameAs?: number;
  /** Points to a local header at this position, and has none of its own. */
  readonly offset?: number;
}

/** A zip archive; with `zip64` its end, too, has the records for more than 65,535 entries. */
export function zipBytes(entries: readonly TestEntry[], { zip64 = false } = {}): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let position = 0;
  const add = (bytes: Buffer) => {
    parts.push(bytes);
    position += bytes.length;
  };
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const packed = entry.stored ? Buffer.from(entry.bytes) : deflateRawSync(entry.bytes);
    const crc = entry.crc32 ?? crc32(entry.bytes);
    const size = entry.size ?? entry.bytes.length;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(entry.zip64 ? 45 : 20, 0);
    common.writeUInt16LE((entry.flags ?? 0) | 0x800, 2);
    common.writeUInt16LE(entry.stored ? 0 : 8, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(name.length, 22);

    const offset = entry.offset ?? (entry.sameAs === undefined ? position : (offsets[entry.sameAs] as number));
    offsets.push(offset);
    if (entry.sameAs === undefined && entry.offset === undefined) {
      add(Buffer.concat([signature(0x04034b50), common, name]));
      add(packed);
    }
    const extra = Buffer.alloc(entry.zip64 ? 28 : 0);
    if (entry.zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      for (const [i, value] of [size, packed.length, offset].entries()) {
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
      }
      common.writeUInt32LE(0xffffffff, 14);
      common.writeUInt32LE(0xffffffff, 18);
    }
    common.writeUInt16LE(extra.length, 24);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(entry.zip64 ? 0xffffffff : offset, 10);
    directory.push(Buffer.concat([signature(0x02014b50), Buffer.from([45, 3]), common, tail, name, extra]));
  }
  const start = position;
  for (const record of directory) add(record);
  const size = position - start;
  const end = Buffer.alloc(18);
  if (zip64) {
    const record = Buffer.alloc(52);
    record.writeBigUInt64LE(44n, 0);
    record.writeUInt16LE(45, 8);
    record.writeUInt16LE(45, 10);
    for (const [i, value] of [entries.length, entries.length, size, start].entries()) {
      record.writeBigUInt64LE(BigInt(value), 20 + 8 * i);
    }
    const locator = Buffer.alloc(16);
    locator.writeBigUInt64LE(BigInt(position), 4);
    locator.writeUInt32LE(1, 12);
    add(Buffer.concat([signature(0x06064b50), record]));
    add(Buffer.concat([signature(0x07064b50), locator]));
    end.fill(0xff, 4, 16);
  } else {
    end.writeUInt16LE(entries.length, 4);
    end.writeUInt16LE(entries.length, 6);
    end.writeUInt32LE(size, 8);
    end.writeUInt32LE(start, 12);
  }
  add(Buffer.concat([signature(0x06054b50), end]));
  return Uint8Array.from(Buffer.concat(parts));
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
