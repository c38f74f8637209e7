import * as tf from "@tensorflow/tfjs-core";
import { checkChoice } from "./check-options.js";
import { Epoch } from "./epoch.js";
import { checkEpochOptions, type EpochOptions } from "./epoch-options.js";
import type { Images } from "./images.js";

/** Options of `ImageDataset.batches`. */
export interface BatchesOptions extends EpochOptions {
  /**
   * Whether a short last batch is filled up with black images and labels of -1, so that all batches have one shape. The `mask`
   * of each batch tells which images are real. By default false.
   */
  readonly padRemainder?: boolean;
  /** Shape of an image in the tensor: `[H*W*C]`, or `[H, W, C]`. By default "flat". */
  readonly layout?: "flat" | "image";
  /**
   * Whether all batches write their images to the same memory. This saves allocations. A loop must then be done with a batch
   * when it asks for the next one, which overwrites the tensor. By default false.
   */
  readonly reuseMemory?: boolean;
}

/** A batch of B images as tensors, which the receiver disposes. */
export interface Batch {
  /** `[B, H*W*C]` or, with `layout: "image"`, `[B, H, W, C]`; float32. */
  readonly images: tf.Tensor;
  /** `[B]`, int32. */
  readonly labels: tf.Tensor1D;
  /** `[B]`, float32, 1 for an image and 0 for padding; only with `padRemainder`. */
  readonly mask: tf.Tensor1D | undefined;
  /** Number of images, padding not counted. */
  readonly size: number;
  /** Position of each image in the data set, padding left out. */
  readonly indices: Int32Array;
  /** Disposes the tensors. */
  dispose(): void;
}

/**
 * The batches of a data set. Each iteration is a new pass, with a new order and new draws.
 * Tensors belong to the receiver: call `batch.dispose()`, or take the batch inside `tf.tidy`.
 */
export class Batches implements Iterable<Batch> {
  /** Number of batches in a pass. */
  readonly length: number;
  readonly #dataset: Images;
  readonly #options: BatchesOptions;

  /** Use `ImageDataset.batches`. */
  constructor(dataset: Images, options: BatchesOptions) {
    const owner = "ImageDataset.batches";
    checkEpochOptions(owner, options, dataset.length);
    const { batchSize, dropRemainder = false, padRemainder = false, layout = "flat" } = options;
    if (dropRemainder && padRemainder) {
      throw new TypeError(`${owner}: dropRemainder and padRemainder exclude each other, got both`);
    }
    checkChoice(owner, "layout", layout, ["flat", "image"]);
    this.#dataset = dataset;
    this.#options = options;
    this.length = dropRemainder ? Math.floor(dataset.length / batchSize) : Math.ceil(dataset.length / batchSize);
  }

  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    const dataset = this.#dataset;
    const { padRemainder = false, layout = "flat", reuseMemory = false } = this.#options;
    const epoch = new Epoch(dataset, this.#options);
    const { batchSize } = epoch;
    const imageShape = layout === "flat" ? [dataset.imageSize] : dataset.imageShape;
    const allocate = () => new Float32Array(batchSize * dataset.imageSize);
    const reused = reuseMemory ? allocate() : undefined;
    for (;;) {
      // Each batch has memory of its own by default, because a backend may keep the array.
      const images = reused ?? allocate();
      const labels = new Int32Array(batchSize);
      const indices = new Int32Array(batchSize);
      const mask = padRemainder ? new Float32Array(batchSize) : undefined;
      const size = epoch.fill(mask === undefined ? { images, labels, indices } : { images, labels, indices, mask });
      if (size === 0) return;

      const rows = padRemainder ? batchSize : size;
      const tensors = {
        images: tf.tensor(images.subarray(0, rows * dataset.imageSize), [rows, ...imageShape], "float32"),
        labels: tf.tensor1d(labels.subarray(0, rows), "int32"),
        mask: mask === undefined ? undefined : tf.tensor1d(mask, "float32"),
      };
      yield { ...tensors, size, indices: indices.subarray(0, size), dispose: () => tf.dispose(tensors) };
    }
  }
}
