import * as tf from "@tensorflow/tfjs-core";
import type { BatchOptions, ImageBatch } from "../training/image-source.js";

/** Images with labels, as in the datasets of @igr/datasets. */
export interface LabelledImageSource {
  /** One pass over the images with their labels. */
  batches(options: BatchOptions): Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>;
}

export interface LabelledBatch extends ImageBatch {
  /** `[B]` */
  readonly labels: tf.Tensor;
}

export interface LabelledVisit {
  readonly options: BatchOptions;
  /** How many images to visit. */
  readonly images: number;
}

/** Runs `visit` on batches and returns the labels of the visited images. Each batch is disposed after its visit. */
export async function visitLabelled(
  source: LabelledImageSource,
  { options, images }: LabelledVisit,
  visit: (images: tf.Tensor) => Promise<void>,
): Promise<number[]> {
  const labels: number[] = [];
  for await (const batch of source.batches(options)) {
    if (!(batch.images && batch.labels)) {
      throw new TypeError(
        `disentanglement: batches must hold images and labels, as those of @igr/datasets do, got ${Object.keys(batch).join(", ")}`,
      );
    }
    try {
      const count = Math.min(batch.images.shape[0]!, images - labels.length);
      const first = tf.slice(batch.images, 0, count);
      try {
        await visit(first);
      } finally {
        first.dispose();
      }
      labels.push(...Array.from(await batch.labels.data()).slice(0, count));
    } finally {
      batch.dispose();
    }
    if (labels.length >= images) break;
  }
  return labels;
}
