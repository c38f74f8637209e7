import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { DatasetError, type DatasetErrorDetails } from "../dataset-error.js";
import { type Chunk, ChunkConverter, type ChunkSettings } from "./chunk-converter.js";

/** Answer of a process for a chunk. */
export type Answer = { readonly chunk: number } & (
  | { readonly sha256: string }
  | { readonly refused: DatasetErrorDetails }
  | { readonly failed: string }
);

/** Options of {@link convertChunks}. */
export interface ConvertChunksOptions {
  readonly settings: ChunkSettings;
  /** See `ConversionOptions.workers`. */
  readonly workers: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called once for each chunk, when its pixels are written. */
  readonly onChunk: (chunk: Chunk, sha256: string) => Promise<void>;
}

/** The program of a process; undefined in a bundle, which lacks this file or its own address. */
function decodeProgram(): string | undefined {
  // Read at the call: bundles that are scripts or CommonJS have no address.
  const { url } = import.meta as { readonly url?: string };
  const file = url === undefined ? undefined : fileURLToPath(new URL("./decode-process.js", url));
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** The number of processes for `chunks` chunks; 0 without a program for them. */
function processCount(workers: number | undefined, chunks: number): number {
  return decodeProgram() === undefined ? 0 : Math.min(workers ?? availableParallelism(), chunks);
}

/**
 * Converts chunks in several processes, in any order. The first error ends all of them.
 * Threads would share the four decoding threads of libuv, and a decoder that crashes would end them all.
 */
export async function convertChunks(chunks: readonly Chunk[], options: ConvertChunksOptions): Promise<void> {
  const count = processCount(options.workers, chunks.length);
  const queue = chunks.values();
  if (count === 0) return convertHere(queue, options);
  const { settings, signal, onChunk } = options;
  const children: ChildProcess[] = [];
  let stop = () => {};
  try {
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal?.reason);
    });
    // One listener for all processes, removed at the end: Node warns of more than ten.
    signal?.addEventListener("abort", stop, { once: true });
    signal?.throwIfAborted();
    const fed = Array.from({ length: count }, () => {
      const child = fork(decodeProgram()!, [JSON.stringify(settings)], { execArgv: [] });
      children.push(child);
      return feed(child, queue, onChunk);
    });
    await Promise.race([Promise.all(fed), stopped]);
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const child of children) child.kill("SIGKILL");
  }
}

async function convertHere(queue: Iterable<Chunk>, { settings, signal, onChunk }: ConvertChunksOptions): Promise<void> {
  const converter = await ChunkConverter.create(settings);
  try {
    for (const chunk of queue) {
      signal?.throwIfAborted();
      await onChunk(chunk, await converter.convert(chunk));
    }
  } finally {
    await converter.close();
  }
}

/** Gives a process one chunk after the other until the queue is empty. */
function feed(child: ChildProcess, queue: Iterator<Chunk>, onChunk: ConvertChunksOptions["onChunk"]): Promise<void> {
  return new Promise((resolve, reject) => {
    let current: Chunk | undefined;
    const next = () => {
      const { done, value } = queue.next();
      if (done) return resolve();
      current = value;
      child.send(value);
    };
    child.on("error", reject);
    child.on("exit", (code, killed) => {
      const range = current === undefined ? "" : ` at ${current.pictures[0]?.name} and the pictures after it`;
      reject(
        new Error(
          `a decoding process ended (${killed ?? `exit code ${code}`})${range}; workers: 0 decodes in this process`,
        ),
      );
    });
    child.on("message", (answer: Answer) => {
      if ("refused" in answer) return reject(new DatasetError(answer.refused));
      if ("failed" in answer) return reject(new Error(`a decoding process failed: ${answer.failed}`));
      onChunk(current as Chunk, answer.sha256).then(next, reject);
    });
    next();
  });
}
