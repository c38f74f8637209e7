import type { Rng } from "@igr/core";
import { describeValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** How grey values become 0 and 1; see @igr/datasets. */
export type Binarization = "dynamic" | "static" | "threshold" | false;

/** Every way to make grey values 0 and 1. */
export const BINARIZATIONS = ["dynamic", "static", "threshold"] as const;

/** What `fit` and what measures a model ask of a dataset. */
export interface BatchOptions {
  /** Images of a batch, >= 1. */
  readonly batchSize: number;
  /** Whether images come in a random order. */
  readonly shuffle: boolean;
  /** Drives shuffling and binarization. */
  readonly rng: Rng;
  /** How grey values become 0 and 1; false leaves them. */
  readonly binarize: Binarization;
  /** Whether images that do not fill the last batch are left out. */
  readonly dropRemainder: boolean;
  /** Whether the memory of a batch may serve for the next: the reader is done with one when it asks for another. */
  readonly reuseMemory?: boolean;
}

/** A batch that holds more than its images; those of @igr/datasets are such. */
export interface ImageBatch {
  /** `[B, ...]` */
  readonly images: tf.Tensor;
  /** Position of each image in the dataset: what an error names. Those of @igr/datasets say it. */
  readonly indices?: ArrayLike<number>;
  /** Frees all of its tensors. */
  dispose(): void;
}

/** What `fit` needs of a dataset: those of @igr/datasets have it. */
export interface ImageSource {
  /** One pass over the images, as tensors `[B, ...]` or batches with `images`, which the reader disposes. */
  batches(options: BatchOptions): Iterable<tf.Tensor | ImageBatch> | AsyncIterable<tf.Tensor | ImageBatch>;
}

/** @throws TypeError unless `source` gives batches. */
export function checkImageSource(owner: string, name: string, source: unknown): void {
  if (typeof (source as Partial<ImageSource> | null | undefined)?.batches === "function") return;
  throw new TypeError(
    `${owner}: ${name} must be a dataset, which has batches(options), as those of @igr/datasets do; got ${Array.isArray(source) ? "an array" : describeValue(source)}`,
  );
}

/** The images of a batch, which belong to the caller from here; all else in it is freed. */
export function takeImages(batch: tf.Tensor | ImageBatch): tf.Tensor {
  if (batch instanceof tf.Tensor) return batch;
  const images = tf.clone(batch.images);
  batch.dispose();
  return images;
}

/** Which images a batch holds, if it says so. */
export function imageIndices(batch: tf.Tensor | ImageBatch): number[] | undefined {
  return batch instanceof tf.Tensor || !batch.indices ? undefined : Array.from(batch.indices);
}

/** `[n, ...] -> [batchSize, ...]` with zeros; the given tensor is disposed where a new one takes its place. */
export function fillUp(batch: tf.Tensor, batchSize: number): tf.Tensor {
  const missing = batchSize - batch.shape[0]!;
  if (missing === 0) return batch;
  const padding = batch.shape.map((_, axis): [number, number] => [0, axis === 0 ? missing : 0]);
  const filled = tf.pad(batch, padding);
  batch.dispose();
  return filled;
}
