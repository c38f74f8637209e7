import type { Rng } from "@igr/core";
import { describeValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** How grey values are binarized; see @igr/datasets. */
export type Binarization = "dynamic" | "static" | "threshold" | false;

/** All ways to binarize grey values. */
export const BINARIZATIONS = ["dynamic", "static", "threshold"] as const;

/** Options for one pass over a dataset. */
export interface BatchOptions {
  /** Images of a batch, >= 1. */
  readonly batchSize: number;
  /** Whether images come in a random order. */
  readonly shuffle: boolean;
  /** Drives shuffling and binarization. */
  readonly rng: Rng;
  /** How grey values are binarized; false leaves them unchanged. */
  readonly binarize: Binarization;
  /** Whether images that do not fill the last batch are left out. */
  readonly dropRemainder: boolean;
  /** Whether the next batch may reuse the memory of the previous one, because the reader no longer needs it. */
  readonly reuseMemory?: boolean;
}

/** A batch that contains more than its images, as in @igr/datasets. */
export interface ImageBatch {
  /** `[B, ...]` */
  readonly images: tf.Tensor;
  /** Position of each image in the dataset, for error messages. Batches of @igr/datasets have it. */
  readonly indices?: ArrayLike<number>;
  /** Frees all of its tensors. */
  dispose(): void;
}

/** What `fit` needs from a dataset; the datasets of @igr/datasets implement it. */
export interface ImageSource {
  /** One pass over the images, as tensors `[B, ...]` or batches with `images`. The reader disposes them. */
  batches(options: BatchOptions): Iterable<tf.Tensor | ImageBatch> | AsyncIterable<tf.Tensor | ImageBatch>;
}

/** @throws TypeError unless `source` has a method `batches`. */
export function checkImageSource(owner: string, name: string, source: unknown): void {
  if (typeof (source as Partial<ImageSource> | null | undefined)?.batches === "function") return;
  throw new TypeError(
    `${owner}: ${name} must be a dataset, which has batches(options), as those of @igr/datasets do; got ${Array.isArray(source) ? "an array" : describeValue(source)}`,
  );
}

/** Returns the images of a batch, which the caller disposes, and disposes the rest of the batch. */
export function takeImages(batch: tf.Tensor | ImageBatch): tf.Tensor {
  if (batch instanceof tf.Tensor) return batch;
  const images = tf.clone(batch.images);
  batch.dispose();
  return images;
}

/** The positions of a batch's images, if known. */
export function imageIndices(batch: tf.Tensor | ImageBatch): number[] | undefined {
  return batch instanceof tf.Tensor || !batch.indices ? undefined : Array.from(batch.indices);
}

/** `[n, ...] -> [batchSize, ...]` with zeros; the given tensor is disposed if a new one replaces it. */
export function fillUp(batch: tf.Tensor, batchSize: number): tf.Tensor {
  const missing = batchSize - batch.shape[0]!;
  if (missing === 0) return batch;
  const padding = batch.shape.map((_, axis): [number, number] => [0, axis === 0 ? missing : 0]);
  const filled = tf.pad(batch, padding);
  batch.dispose();
  return filled;
}
