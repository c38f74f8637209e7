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
 * file with `Content-Encoding: gzip` has `fetch` unpack it.
 *
 * @throws DatasetError `bad-gzip` or `too-large`; at most a piece past the limit is ever unpacked.
 */
export async function gunzipIfPacked(
  bytes: Uint8Array<ArrayBuffer>,
  { file, maxBytes }: GunzipOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const collector = new ByteCollector({ file, maxBytes, kind: "unpacked bytes" });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    collector.checkTotal(bytes.length);
    return bytes;
  }
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return collector.bytes();
      collector.add(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    if (cause instanceof DatasetError) throw cause;
    const found = `${bytes.length} bytes that fail after ${collector.length} unpacked ones (${(cause as Error).message})`;
    throw new DatasetError({ reason: "bad-gzip", file, expected: "a complete gzip file", found, cause });
  }
}
