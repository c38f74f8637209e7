import type { Rng } from "@igr/core";
import type * as tf from "@tensorflow/tfjs-core";

/** How grey values become 0 and 1; see @igr/datasets. */
export type Binarization = "dynamic" | "static" | "threshold" | false;

export interface BatchOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** Drives shuffling and binarization. */
  readonly rng: Rng;
  readonly binarize: Binarization;
  readonly dropRemainder: boolean;
}

/** What `fit` needs of a dataset: those of @igr/datasets have it. */
export interface ImageSource {
  /** One pass over the images, as tensors `[B, ...]` that the reader disposes. */
  batches(options: BatchOptions): Iterable<tf.Tensor> | AsyncIterable<tf.Tensor>;
}
