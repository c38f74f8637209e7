import type { Labels } from "./labels.js";
import type { Rng } from "./rng.js";

/** What batches read of a data set. `ImageDataset` has it. */
export interface Images {
  /** Pixels 0 ... 255, `length` x `imageSize`. */
  readonly images: Uint8Array;
  /** `length` labels. */
  readonly labels: Labels;
  /** Number of images. */
  readonly length: number;
  /** `[height, width, channels]` */
  readonly imageShape: readonly [number, number, number];
  /** Height x width x channels. */
  readonly imageSize: number;
  /** The pixels of `binarize: "static"`, 0 or 255, the same for a generator and its forks. */
  staticImages(rng: Rng): Uint8Array;
}
