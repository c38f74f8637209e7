import { Batches, type BatchesOptions } from "./batches.js";
import { checkInteger, notAllowed } from "./check-options.js";
import { Epoch } from "./epoch.js";
import type { EpochOptions } from "./epoch-options.js";
import type { Images } from "./images.js";
import { type Labels, selectLabels } from "./labels.js";
import { randomPermutation } from "./permutation.js";
import { writeBernoulli } from "./pixels/binarize.js";
import { heightAndWidth, type ImageShape, type ImageSize, padImages } from "./pixels/pad.js";
import { resizeImages } from "./pixels/resize.js";
import { UniformBelow255 } from "./pixels/uniform-below-255.js";
import type { Rng } from "./rng.js";

/** What an {@link ImageDataset} is made of. */
export interface ImageDatasetOptions {
  /** For errors and reports. By default "images". */
  readonly name?: string;
  /** Pixels 0 ... 255, image after image, row by row, channels last. Kept, not copied. */
  readonly images: Uint8Array;
  /** One label per image. Kept, not copied. */
  readonly labels: Labels;
  /** `[height, width, channels]` */
  readonly imageShape: ImageShape;
  /** Names of the labels. By default none. */
  readonly classNames?: readonly string[];
}

/** Options of {@link ImageDataset.split}. */
export interface SplitOptions {
  /** How many images are held out. A number strictly between 0 and 1 is a share, rounded to the nearest number of images. */
  readonly validation: number;
  /** Chooses the held-out images at random. By default the last images are held out. */
  readonly rng?: Rng;
}

/**
 * Labelled images as bytes in memory, and their batches.
 *
 * @example
 * ```ts
 * const dataset = await loadMnist({ split: "train" });
 * for (const batch of dataset.batches({ batchSize: 64, shuffle: true, rng, binarize: "dynamic" })) {
 *   train(batch.images, batch.labels); // [64, 784] of 0 and 1, [64]
 *   batch.dispose();
 * }
 * ```
 */
export class ImageDataset implements Images {
  /** For errors and reports. */
  readonly name: string;
  /** Pixels 0 ... 255, `length` x `imageSize`. */
  readonly images: Uint8Array;
  /** `length` labels. */
  readonly labels: Labels;
  /** Number of images. */
  readonly length: number;
  /** `[height, width, channels]` */
  readonly imageShape: ImageShape;
  /** Height x width x channels. */
  readonly imageSize: number;
  /** Names of the labels, empty if there are none. */
  readonly classNames: readonly string[];
  /** The draw of `binarize: "static"` for each generator, by its root. */
  readonly #staticDraws = new WeakMap<object, Uint8Array>();

  /**
   * @throws TypeError if pixels or labels aren't typed arrays of whole numbers.
   * @throws RangeError if `imageShape` has a size below 1, if there aren't `imageShape` pixels for each label, or if a label has no name.
   */
  constructor({ name = "images", images, labels, imageShape, classNames = [] }: ImageDatasetOptions) {
    checkPixels(images);
    checkLabels(labels, classNames);
    for (const size of imageShape) checkInteger("ImageDataset", "each size of imageShape", size, 1);
    const imageSize = imageShape[0] * imageShape[1] * imageShape[2];
    if (images.length !== labels.length * imageSize) {
      throw new RangeError(
        `ImageDataset: images must hold ${labels.length * imageSize} pixels, ${imageSize} for each of ${labels.length} labels, got ${images.length}`,
      );
    }
    this.name = name;
    this.images = images;
    this.labels = labels;
    this.length = labels.length;
    this.imageShape = imageShape;
    this.imageSize = imageSize;
    this.classNames = classNames;
  }

  /**
   * Batches of tensors; each iteration over the result is a new pass.
   *
   * @throws RangeError or TypeError, at the call, if an option is invalid or `rng` is missing.
   */
  batches(options: BatchesOptions): Batches {
    return new Batches(this, options);
  }

  /**
   * One pass that writes batches to arrays of the caller, without tensors.
   *
   * @throws RangeError or TypeError if an option is invalid or `rng` is missing.
   */
  epoch(options: EpochOptions): Epoch {
    return new Epoch(this, options);
  }

  /**
   * Images `start` to `end - 1`, sharing this data set's memory; negative positions count from the end, as
   * `Array.slice` has it.
   */
  slice(start: number, end = this.length): ImageDataset {
    const from = clampPosition(start, this.length);
    const to = Math.max(from, clampPosition(end, this.length));
    const images = this.images.subarray(from * this.imageSize, to * this.imageSize);
    return this.#with(images, this.labels.subarray(from, to));
  }

  /**
   * A copy of the images at `indices`, in that order.
   * @throws RangeError if an index isn't a position of the data set.
   */
  select(indices: ArrayLike<number>): ImageDataset {
    const { imageSize } = this;
    const images = new Uint8Array(indices.length * imageSize);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      checkInteger("ImageDataset.select", "each index", index, 0, this.length - 1);
      images.set(this.images.subarray(index * imageSize, (index + 1) * imageSize), i * imageSize);
    }
    return this.#with(images, selectLabels(this.labels, indices));
  }

  /**
   * Two parts: one for training, and `validation` images that are held out to choose temperatures and other settings by.
   * Without `rng` the last images are held out, and both parts share this data set's memory. With `rng` random images are held
   * out; both parts are copies, in the order of this data set. Only a fork of `rng` is used: its stream doesn't advance, and
   * the same generator splits the same way each time.
   *
   * @throws RangeError unless `validation` is a whole number from 0 to length, or lies strictly between 0 and 1.
   *
   * @example
   * ```ts
   * const { train, validation } = (await loadMnist({ split: "train" })).split({ validation: 1 / 6 });
   * [train.length, validation.length]; // [50000, 10000]
   * ```
   */
  split({ validation, rng }: SplitOptions): { train: ImageDataset; validation: ImageDataset } {
    const trainLength = this.length - this.#countOf(validation);
    if (rng === undefined) return { train: this.slice(0, trainLength), validation: this.slice(trainLength) };
    const order = randomPermutation(this.length, rng.fork("split"));
    return {
      train: this.select(order.subarray(0, trainLength).sort()),
      validation: this.select(order.subarray(trainLength).sort()),
    };
  }

  /**
   * A copy whose pixels are 0 or 255, each drawn once: 255 with probability v / 255. Every `binarize` then gives the
   * same images, in every pass. Only a fork of `rng` is used: its stream doesn't advance.
   * Use it instead of `binarize: "static"` where a run is resumed in another process or where parts of one data set
   * should share the draw.
   */
  binarized(rng: Rng): ImageDataset {
    return this.#with(this.#drawStatic(rng), this.labels);
  }

  /**
   * A copy with the images in the middle of black ones, for networks that want other sides: 28x28 digits keep their pixels
   * in 32x32. Batches binarize the padded pixels, so that the margin stays 0.
   *
   * @param size - Side of a square, or `[height, width]`; where the margin is odd, its larger half lies below and to the right.
   * @throws RangeError if `size` is smaller than the images.
   *
   * @example
   * ```ts
   * (await loadMnist({ split: "test" })).padded(32).imageShape; // [32, 32, 1]
   * ```
   */
  padded(size: ImageSize): ImageDataset {
    const [height, width] = heightAndWidth("ImageDataset.padded", size);
    const images = padImages("ImageDataset.padded", this.images, this.imageShape, size);
    return this.#with(images, this.labels, [height, width, this.imageShape[2]]);
  }

  /**
   * A copy with the images resized bilinearly, the sides independently of each other; where they shrink, every pixel counts
   * (antialiasing). The bytes are those of Pillow's `Image.resize(size, BILINEAR)`, which torchvision's `Resize` calls.
   * Batches binarize the resized pixels: resize first, then binarize.
   *
   * @param size - Side of a square, or `[height, width]`.
   * @throws RangeError unless `size` holds integers >= 1.
   *
   * @example
   * ```ts
   * (await loadMnist({ split: "test" })).resized(32).imageShape; // [32, 32, 1]
   * ```
   */
  resized(size: ImageSize): ImageDataset {
    const [height, width] = heightAndWidth("ImageDataset.resized", size);
    const images = resizeImages(this.images, this.imageShape, [height, width]);
    return this.#with(images, this.labels, [height, width, this.imageShape[2]]);
  }

  /**
   * The pixels of `binarize: "static"`: drawn on the first call with a generator or any of its forks, and kept for
   * this data set as long as the generator lives.
   */
  staticImages(rng: Rng): Uint8Array {
    const kept = this.#staticDraws.get(rng.root);
    if (kept !== undefined) return kept;
    const drawn = this.#drawStatic(rng);
    this.#staticDraws.set(rng.root, drawn);
    return drawn;
  }

  /** The number of held-out images. */
  #countOf(validation: number): number {
    if (typeof validation === "number" && validation > 0 && validation < 1) return Math.round(validation * this.length);
    if (Number.isInteger(validation) && validation >= 0 && validation <= this.length) return validation;
    const allowed = `an integer from 0 to ${this.length}, or a share strictly between 0 and 1`;
    throw notAllowed("ImageDataset.split", "validation", validation, allowed, "number");
  }

  #drawStatic(rng: Rng): Uint8Array {
    const { images, imageSize } = this;
    const target = new Uint8Array(images.length);
    const image = new Float32Array(imageSize);
    const uniform = new UniformBelow255(rng.fork("static pixels"));
    for (let start = 0; start < images.length; start += imageSize) {
      writeBernoulli(images.subarray(start, start + imageSize), image, 0, uniform);
      for (let i = 0; i < imageSize; i++) target[start + i] = 255 * (image[i] as number);
    }
    return target;
  }

  #with(images: Uint8Array, labels: Labels, imageShape: ImageShape = this.imageShape): ImageDataset {
    const { name, classNames } = this;
    return new ImageDataset({ name, images, labels, imageShape, classNames });
  }
}

/** Intensities 0 ... 1 would be read as pixels 0 or 1 of 255, which is black. */
function checkPixels(images: unknown): void {
  if (images instanceof Uint8Array) return;
  throw new TypeError(
    `ImageDataset: images must be a Uint8Array of pixels 0 ... 255, got ${kindOf(images)}; of intensities 0 ... 1 make one by Uint8Array.from(images, (v) => Math.round(255 * v))`,
  );
}

function checkLabels(labels: unknown, classNames: readonly string[]): void {
  if (!(labels instanceof Uint8Array || labels instanceof Uint16Array || labels instanceof Int32Array)) {
    throw new TypeError(`ImageDataset: labels must be a Uint8Array, Uint16Array or Int32Array, got ${kindOf(labels)}`);
  }
  if (classNames.length === 0) return;
  const nameless = labels.find((label) => label < 0 || label >= classNames.length);
  if (nameless !== undefined) {
    throw new RangeError(
      `ImageDataset: labels must be from 0 to ${classNames.length - 1}, as there are ${classNames.length} classNames, got ${nameless}`,
    );
  }
}

function kindOf(value: unknown): string {
  return value === undefined || value === null ? String(value) : ((value as object).constructor?.name ?? typeof value);
}

function clampPosition(position: number, length: number): number {
  const fromStart = position < 0 ? length + position : position;
  return Math.min(Math.max(Math.trunc(fromStart) || 0, 0), length);
}
