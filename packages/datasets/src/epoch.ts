import { checkEpochOptions, type EpochOptions } from "./epoch-options.js";
import type { Images } from "./images.js";
import { randomPermutation } from "./permutation.js";
import { type Binarization, writeBernoulli, writePixels } from "./pixels/binarize.js";
import { UniformBelow255 } from "./pixels/uniform-below-255.js";
import type { Rng } from "./rng.js";

/** Memory that {@link Epoch.fill} writes a batch to. */
export interface BatchBuffers {
  /** At least `batchSize` x pixels per image. */
  readonly images: Float32Array;
  /** At least `batchSize`; -1 where a short batch has no image. */
  readonly labels?: Int32Array;
  /** At least `batchSize`: 1 for an image, 0 where a short batch has none. */
  readonly mask?: Float32Array;
  /** At least `batchSize`: position of each image in the data set, -1 where a short batch has none. */
  readonly indices?: Int32Array;
}

/**
 * One pass over a data set that writes its batches to memory of the caller: for training loops that feed raw buffers.
 * The numbers are those that `ImageDataset.batches` puts in tensors. They don't depend on `batchSize`: the
 * n-th image of the pass and its pixels are the same for any.
 *
 * @example
 * ```ts
 * const epoch = dataset.epoch({ batchSize: 64, shuffle: true, rng, binarize: "dynamic" });
 * const images = new Float32Array(64 * 784);
 * const mask = new Float32Array(64);
 * while (epoch.fill({ images, mask }) > 0) await step(images, mask);
 * ```
 */
export class Epoch {
  /** Images per batch. */
  readonly batchSize: number;
  /** Images of the whole pass, without those that `dropRemainder` leaves out. */
  readonly length: number;
  /** Batches of the whole pass. */
  readonly batchCount: number;
  readonly #dataset: Images;
  readonly #binarize: Binarization;
  readonly #source: Uint8Array;
  readonly #order: Uint32Array | undefined;
  readonly #noise: UniformBelow255 | undefined;
  #next = 0;

  /** Use `ImageDataset.epoch`. */
  constructor(dataset: Images, options: EpochOptions) {
    checkEpochOptions("ImageDataset.epoch", options, dataset.length);
    const { batchSize, shuffle = false, rng, binarize = false, dropRemainder = false } = options;
    this.#dataset = dataset;
    this.#binarize = binarize;
    this.batchSize = batchSize;
    this.batchCount = dropRemainder ? Math.floor(dataset.length / batchSize) : Math.ceil(dataset.length / batchSize);
    this.length = Math.min(dataset.length, this.batchCount * batchSize);

    this.#source = binarize === "static" ? dataset.staticImages(rng as Rng) : dataset.images;
    if (rng !== undefined && (shuffle || binarize === "dynamic")) {
      const streams = rng.fork(`pass ${drawLabel(rng)}`);
      if (shuffle) this.#order = randomPermutation(dataset.length, streams.fork("order"));
      if (binarize === "dynamic") this.#noise = new UniformBelow255(streams.fork("pixels"));
    }
  }

  /** Number of images written so far. */
  get position(): number {
    return this.#next;
  }

  /**
   * Writes the next batch and returns how many images it has: `batchSize`, fewer in a last batch, 0 after the last.
   * Images lie one after the other, pixels row by row, channels last. After a short batch the rest of `batchSize`
   * rows is 0 in `images` and `mask`, -1 in `labels` and `indices`. When 0 is returned nothing was written.
   *
   * @throws RangeError if an array is too short.
   */
  fill(buffers: BatchBuffers): number {
    const dataset = this.#dataset;
    const source = this.#source;
    const order = this.#order;
    const noise = this.#noise;
    const binarize = this.#binarize;
    const { batchSize } = this;
    const { images, labels, mask, indices } = buffers;
    const width = dataset.imageSize;
    checkLength("images", images, batchSize * width);
    for (const [name, array] of Object.entries({ labels, mask, indices })) checkLength(name, array, batchSize);

    const count = Math.min(batchSize, this.length - this.#next);
    if (count === 0) return 0;
    for (let row = 0; row < count; row++) {
      const index = order === undefined ? this.#next + row : (order[this.#next + row] as number);
      const pixels = source.subarray(index * width, (index + 1) * width);
      if (noise === undefined) writePixels(pixels, images, row * width, binarize === "threshold");
      else writeBernoulli(pixels, images, row * width, noise);
      if (labels !== undefined) labels[row] = dataset.labels[index] as number;
      if (indices !== undefined) indices[row] = index;
    }
    images.fill(0, count * width, batchSize * width);
    labels?.fill(-1, count, batchSize);
    indices?.fill(-1, count, batchSize);
    mask?.fill(1, 0, count).fill(0, count, batchSize);
    this.#next += count;
    return count;
  }
}

/** 128 random bits, so that no two passes of one generator get the same label. */
function drawLabel(rng: Rng): string {
  const words = new Uint32Array(4);
  rng.bits(words);
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}

function checkLength(name: string, array: Float32Array | Int32Array | undefined, needed: number): void {
  if (array !== undefined && array.length < needed) {
    throw new RangeError(`Epoch.fill: ${name} needs at least ${needed} elements, got ${array.length}`);
  }
}
