import * as yauzl from "yauzl";
import { DatasetError } from "../dataset-error.js";

/** Where an entry lies in its archive, and what it claims to be. */
export interface ZipEntry {
  readonly name: string;
  /** The name's bytes as Latin-1, which the local header must repeat. */
  readonly localName: string;
  /** Position of the local header. */
  readonly offset: number;
  readonly compressedSize: number;
  readonly size: number;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly crc32: number;
}

/** Options of {@link listZip}. */
export interface ListZipOptions {
  /** The most bytes that an entry may unpack to. */
  readonly maxEntryBytes: number;
  /** The entries that matter; names, too, of others are checked. */
  readonly wanted: (name: string) => boolean;
}

/** What an archive's directory says. */
export interface ZipList {
  /** The wanted entries. */
  readonly entries: readonly ZipEntry[];
  /** The names of all entries, folders with `/` at the end. */
  readonly names: ReadonlySet<string>;
}

const MAX_ENTRIES = 10_000_000;

/**
 * The wanted entries of a zip archive (zip64 too) by its central directory, without unpacking any.
 *
 * @throws DatasetError `bad-zip`, `unsafe-name`, `duplicate-name`, or `too-large` by the claimed sizes or because entries
 * share bytes, wanted or not.
 */
export async function listZip(path: string, { maxEntryBytes, wanted }: ListZipOptions): Promise<ZipList> {
  const names = new Set<string>();
  const entries: ZipEntry[] = [];
  const extents: Extent[] = [];
  try {
    const archive = await yauzl.openPromise(path, { lazyEntries: true });
    if (archive.entryCount > MAX_ENTRIES) {
      archive.close();
      throw tooLarge(path, `at most ${MAX_ENTRIES} entries`, String(archive.entryCount));
    }
    for await (const entry of archive.eachEntry()) {
      const { fileName: name } = entry;
      if (names.has(name)) {
        const expected = "each name once";
        throw new DatasetError({ reason: "duplicate-name", file: path, expected, found: `two entries ${name}` });
      }
      names.add(name);
      extents.push({
        name,
        start: entry.relativeOffsetOfLocalHeader,
        end: entry.relativeOffsetOfLocalHeader + LOCAL_HEADER_BYTES + entry.fileNameLength + entry.compressedSize,
      });
      if (name.endsWith("/") || !wanted(name)) continue;
      const file = `${path}: ${name}`;
      if (entry.isEncrypted() || !entry.canDecodeFileData()) {
        const found = entry.isEncrypted() ? "an encrypted one" : `compression method ${entry.compressionMethod}`;
        throw new DatasetError({ reason: "bad-zip", file, expected: "a stored or deflated entry", found });
      }
      if (entry.uncompressedSize > maxEntryBytes) {
        throw tooLarge(file, `at most ${maxEntryBytes} unpacked bytes`, String(entry.uncompressedSize));
      }
      entries.push({
        name,
        localName: entry.fileNameRaw.toString("latin1"),
        offset: entry.relativeOffsetOfLocalHeader,
        compressedSize: entry.compressedSize,
        size: entry.uncompressedSize,
        method: entry.compressionMethod,
        crc32: entry.crc32,
      });
    }
    checkExtents(extents, path);
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    const found = (cause as Error).message;
    const isName = /^(invalid relative path|absolute path|invalid characters in fileName)/.test(found);
    throw new DatasetError({
      reason: isName ? "unsafe-name" : "bad-zip",
      file: path,
      expected: isName ? "names that stay in the archive's folder" : "a complete zip archive",
      found,
      cause,
    });
  }
  return { entries, names };
}

/** The bytes of an entry, header included; the local header may have more, which only lengthens it. */
interface Extent {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const LOCAL_HEADER_BYTES = 30;

/** @throws DatasetError `too-large` if two entries share bytes, by which a small archive unpacks to any size. */
function checkExtents(extents: Extent[], path: string): void {
  extents.sort((a, b) => a.start - b.start);
  for (const [i, { name, start }] of extents.entries()) {
    const before = extents[i - 1];
    if (before === undefined || before.end <= start) continue;
    throw tooLarge(path, "entries that share no bytes", `${before.name} and ${name}, which overlap`);
  }
}

function tooLarge(file: string, expected: string, found: string): DatasetError {
  return new DatasetError({ reason: "too-large", file, expected, found });
}
