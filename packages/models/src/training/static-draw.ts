import type { Rng } from "@igr/core";
import type { ImageSource } from "./image-source.js";

/**
 * Makes a dataset draw the bits that `binarize: "static"` keeps. It does so on its first pass, from the stream of that pass, and
 * keeps them in memory: a run that goes on in another process has to draw them from the stream that its first epoch had.
 */
export async function drawStaticBits(source: ImageSource, rng: Rng, batchSize: number): Promise<void> {
  const options = { batchSize, shuffle: false, rng, binarize: "static", dropRemainder: false } as const;
  for await (const batch of source.batches(options)) {
    batch.dispose();
    return;
  }
}
