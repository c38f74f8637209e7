import { nodeModules, requireNodeModules } from "@igr/files";
import { DatasetError } from "../dataset-error.js";
import { ByteCollector } from "./byte-collector.js";

/** Options of {@link readPath} and {@link readAddress}. */
export interface ReadOptions {
  /** The most bytes that are read. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of a file, or undefined if there is none.
 * @throws DatasetError `too-large`, by its size before anything is read, or `unreadable`.
 */
export async function readPath(
  path: string,
  { maxBytes, signal }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { fs } = requireNodeModules("loadMnist", "files can be read in Node only; pass an https URL here");
  try {
    // Checked before opening, which would block on a pipe.
    const status = await fs.stat(path);
    if (!status.isFile()) {
      throw new DatasetError({ reason: "unreadable", file: path, expected: "a file", found: "something else" });
    }
    new ByteCollector({ file: path, maxBytes, kind: "bytes" }).checkTotal(status.size);
    return Uint8Array.from(await fs.readFile(path, { signal }));
  } catch (cause) {
    if (cause instanceof DatasetError || signal?.aborted) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new DatasetError({ reason: "unreadable", file: path, expected: "a readable file", found: message, cause });
  }
}

/**
 * The bytes at a `file:` address in Node, or at any that `fetch` knows: an asset that a bundler copied, or a folder of
 * the user's own server. Undefined if there is none. A web page counts as none: servers of single-page
 * applications answer every unknown name with a page and the status 200.
 * @throws DatasetError `too-large`, `unreadable` or `network`.
 */
export async function readAddress(
  url: URL,
  { maxBytes, signal }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const node = nodeModules();
  if (url.protocol === "file:" && node !== undefined) {
    return readPath(node.url.fileURLToPath(url), { maxBytes, signal });
  }

  const file = url.href;
  const collector = new ByteCollector({ file, maxBytes, kind: "bytes" });
  try {
    const response = await fetch(url, { signal: signal ?? null });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`status ${response.status}`);
    if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
      response.body?.cancel().catch(() => {});
      return undefined;
    }
    // Checked before the size, which a page may exceed.
    await collectBody(response, collector, { onFirst: refusePage });
  } catch (cause) {
    if (cause instanceof PageInstead) return undefined;
    if (cause instanceof DatasetError || signal?.aborted) throw cause;
    const found = (cause as Error).message;
    throw new DatasetError({ reason: "network", file, expected: "the file from the server", found, cause });
  }
  return collector.bytes();
}

/** A page where a file was asked for. */
class PageInstead extends Error {}

/** @throws PageInstead if bytes begin as an HTML page does; no file of a data set begins so. */
function refusePage(bytes: Uint8Array): void {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 100));
  if (/^\s*<(!doctype html|html)\b/i.test(head)) throw new PageInstead();
}

/** Options of {@link collectBody}. */
export interface CollectBodyOptions {
  /** Called with the first piece before it is added. */
  readonly onFirst?: (piece: Uint8Array) => void;
  /** Called after each piece. */
  readonly onPiece?: () => void;
}

/** Adds the body of `response` to `collector`, piece by piece. */
export async function collectBody(
  response: Response,
  collector: ByteCollector,
  { onFirst, onPiece }: CollectBodyOptions = {},
): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let isFirst = true;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (isFirst) onFirst?.(value);
      isFirst = false;
      collector.add(value);
      onPiece?.();
    }
  } finally {
    // Closes the connection if the loop was left by an error, and does nothing after the end.
    reader.cancel().catch(() => {});
  }
}
