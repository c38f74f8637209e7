import { DatasetError } from "../dataset-error.js";
import { ByteCollector } from "./byte-collector.js";
import { collectBody } from "./read-file.js";
import { fetchSecurely } from "./secure-fetch.js";

/** A failure that another attempt may cure: a cut connection, a busy server. */
export class TransientFailure extends Error {
  override readonly name = "TransientFailure";
  /** Milliseconds that the server asked to wait, if it did. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}

/** Options of {@link Transfer}. */
export interface TransferOptions {
  /** The most bytes that are received. */
  readonly maxBytes: number;
  readonly stallTimeout: number;
  readonly allowInsecureLoopback: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number | undefined) => void;
}

/**
 * The bytes of one address over several attempts. What an attempt received is kept in memory, and the next one asks
 * for the rest by `Range`, on condition (`If-Range`) that the file is still the same.
 */
export class Transfer {
  readonly #url: URL;
  readonly #options: TransferOptions;
  readonly #collector: ByteCollector;
  /** ETag or date of the version that the bytes so far belong to. */
  #validator: string | undefined;
  #isResumable = false;

  constructor(url: URL, options: TransferOptions) {
    this.#url = url;
    this.#options = options;
    this.#collector = new ByteCollector({ file: url.href, maxBytes: options.maxBytes, kind: "received bytes" });
  }

  /** Forgets what was received. */
  restart(): void {
    this.#collector.clear();
    this.#validator = undefined;
    this.#isResumable = false;
  }

  /**
   * One attempt: all bytes of the file.
   * @throws TransientFailure if another attempt makes sense, DatasetError if not, or the signal's reason.
   */
  async attempt(): Promise<Uint8Array<ArrayBuffer>> {
    const { signal, stallTimeout } = this.#options;
    const stalled = new AbortController();
    const stop = () => stalled.abort(new Error(`no bytes for ${stallTimeout} ms`));
    let timer = setTimeout(stop, stallTimeout);
    const onPiece = () => {
      clearTimeout(timer);
      timer = setTimeout(stop, stallTimeout);
    };
    try {
      await this.#receive(signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]), onPiece);
      return this.#collector.bytes();
    } catch (cause) {
      signal?.throwIfAborted();
      if (!this.#isResumable) this.restart();
      if (cause instanceof DatasetError || cause instanceof TransientFailure) throw cause;
      throw new TransientFailure(describe(cause), { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async #receive(signal: AbortSignal, onPiece: () => void): Promise<void> {
    const { allowInsecureLoopback, onProgress } = this.#options;
    const offset = this.#collector.length;
    // Content codings change what a byte range means; browsers choose this header themselves.
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (offset > 0) headers.range = `bytes=${offset}-`;
    if (offset > 0 && this.#validator !== undefined) headers["if-range"] = this.#validator;

    const response = await fetchSecurely(this.#url, { headers, signal, allowInsecureLoopback });
    const total = this.#begin(response, offset);
    if (total !== undefined) this.#collector.checkTotal(total);
    await collectBody(response, this.#collector, {
      onPiece: () => {
        onPiece();
        onProgress(this.#collector.length, total);
      },
    });
    if (total !== undefined && this.#collector.length < total) {
      throw new TransientFailure(`the connection ended after ${this.#collector.length} of ${total} bytes`);
    }
  }

  /** Reads the head of a response. Returns the length of the whole file if the server tells it. */
  #begin(response: Response, offset: number): number | undefined {
    const { status, headers } = response;
    if (status === 206 && offset > 0) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
      if (range !== null && Number(range[1]) === offset) return range[2] === "*" ? undefined : Number(range[2]);
    }
    if (status !== 200) response.body?.cancel().catch(() => {});
    if (status === 206 || status === 416) {
      this.restart();
      throw new TransientFailure(`an answer to another range than asked for (status ${status})`);
    }
    if (status === 408 || status === 429 || status >= 500) {
      throw new TransientFailure(`status ${status}`, { retryAfter: retryAfter(headers.get("retry-after")) });
    }
    if (status !== 200) {
      const advice = "check the address, or use the data package or dir";
      const found = `status ${status}`;
      throw new DatasetError({ reason: "network", file: this.#url.href, expected: "status 200", found, advice });
    }

    this.restart();
    // fetch has undone a content coding already, so its lengths and offsets aren't those of the bytes seen here.
    if ((headers.get("content-encoding") ?? "identity") !== "identity") return undefined;
    this.#isResumable = headers.get("accept-ranges") !== "none";
    const etag = headers.get("etag");
    this.#validator = (etag?.startsWith("W/") ? undefined : etag) ?? headers.get("last-modified") ?? undefined;
    const length = headers.get("content-length");
    return length === null ? undefined : Number(length);
  }
}

const MAX_RETRY_AFTER = 60_000;

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return wait >= 0 ? Math.min(wait, MAX_RETRY_AFTER) : undefined;
}

/** The message of a failed fetch and of its cause, since Node's own message is only "fetch failed". */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
