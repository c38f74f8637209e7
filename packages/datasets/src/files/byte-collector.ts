import { DatasetError } from "../dataset-error.js";

/** Options of {@link ByteCollector}. */
export interface ByteCollectorOptions {
  /** The file's name, for the error message. */
  readonly file: string;
  /** The most bytes that are taken. */
  readonly maxBytes: number;
  /** What the bytes are, for the error message: "packed bytes". */
  readonly kind: string;
}

/** Gathers the pieces of a stream of unknown length, and refuses to grow past a limit. */
export class ByteCollector {
  readonly #options: ByteCollectorOptions;
  #pieces: Uint8Array[] = [];
  #total = 0;

  constructor(options: ByteCollectorOptions) {
    this.#options = options;
  }

  /** Number of bytes so far. */
  get length(): number {
    return this.#total;
  }

  /** @throws DatasetError `too-large`, and then `piece` isn't kept. */
  add(piece: Uint8Array): void {
    this.checkTotal(this.#total + piece.length, "more");
    this.#pieces.push(piece);
    this.#total += piece.length;
  }

  /**
   * Refuses an announced length before anything is received.
   * @throws DatasetError `too-large`
   */
  checkTotal(bytes: number, found = String(bytes)): void {
    const { file, maxBytes, kind } = this.#options;
    if (bytes > maxBytes) {
      throw new DatasetError({ reason: "too-large", file, expected: `at most ${maxBytes} ${kind}`, found });
    }
  }

  clear(): void {
    this.#pieces = [];
    this.#total = 0;
  }

  /** All bytes in one array. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#total);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  }
}
