import type { Rng } from "@igr/core";
import type { ImageSource } from "./image-source.js";

/**
 * Makes a dataset draw the bits that `binarize: "static"` keeps. A dataset draws them in its first pass, from the
 * stream of that pass, and keeps them in memory. A run that resumes in another process must therefore draw them from
 * the stream of its first epoch.
 */
export async function drawStaticBits(source: ImageSource, rng: Rng, batchSize: number): Promise<void> {
  const options = { batchSize, shuffle: false, rng, binarize: "static", dropRemainder: false } as const;
  for await (const batch of source.batches(options)) {
    batch.dispose();
    return;
  }
}
