import { DatasetError } from "../dataset-error.js";
import { type Chunk, ChunkConverter, type ChunkSettings } from "./chunk-converter.js";
import type { Answer } from "./decode-pool.js";

/** A process of the pool: settings come as its argument, chunks as messages. */
const settings = JSON.parse(process.argv[2] as string) as ChunkSettings;

// The parent is gone: stop at once.
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole process group. The parent decides what happens.
process.on("SIGINT", () => {});

const send = (answer: Answer) => process.send?.(answer);

let converter: Promise<ChunkConverter> | undefined;
process.on("message", async (chunk: Chunk) => {
  try {
    converter ??= ChunkConverter.create(settings);
    send({ chunk: chunk.index, sha256: await (await converter).convert(chunk) });
  } catch (error) {
    if (error instanceof DatasetError) {
      const { reason, file, expected, found, advice } = error;
      send({
        chunk: chunk.index,
        refused: { reason, file, expected, found, ...(advice === undefined ? {} : { advice }) },
      });
    } else {
      send({ chunk: chunk.index, failed: (error as Error).stack ?? String(error) });
    }
  }
});
