import { checkInteger } from "../check-options.js";
import type { ImageShape } from "./pad.js";

/** The weights with which pixels of a row (or column) make those of a resized one. */
interface Axis {
  /** First source pixel of each target pixel. */
  readonly starts: Int32Array;
  /** Number of source pixels of each target pixel. */
  readonly counts: Int32Array;
  /** `taps` weights for each target pixel, in units of 2^-22. */
  readonly weights: Int32Array;
  readonly taps: number;
}

// Sums of weights x 255 stay below 2^31.
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/**
 * The triangle filter of Pillow: bilinear interpolation where an image grows; where it shrinks, the triangle is as wide
 * as the scale, so that each source pixel counts (torchvision and TensorFlow call that antialiasing).
 */
function triangleWeights(from: number, to: number): Axis {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const taps = 2 * Math.ceil(support) + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    const raw = Array.from({ length: count }, (_, k) =>
      Math.max(0, 1 - Math.abs((start + k - center + 0.5) / support)),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    starts[i] = start;
    counts[i] = count;
    for (const [k, weight] of raw.entries()) {
      weights[i * taps + k] = Math.trunc(0.5 + (weight / total) * 2 ** PRECISION);
    }
  }
  return { starts, counts, weights, taps };
}

/**
 * Resizes images one after the other, all from one shape to one size; rows first, then columns, each rounded to bytes.
 * The arithmetic is that of Pillow's `Image.resize(size, BILINEAR)`, which torchvision's `Resize` calls: equal bytes.
 */
export class Resizer {
  readonly sourceShape: ImageShape;
  readonly targetShape: ImageShape;
  readonly #rows: Axis;
  readonly #columns: Axis;
  readonly #between: Uint8Array;

  /** @throws RangeError unless all sizes are integers >= 1. */
  constructor(sourceShape: ImageShape, [height, width]: readonly [number, number]) {
    for (const size of [...sourceShape, height, width]) checkInteger("Resizer", "each size", size, 1);
    const [sourceHeight, sourceWidth, channels] = sourceShape;
    this.sourceShape = sourceShape;
    this.targetShape = [height, width, channels];
    this.#columns = triangleWeights(sourceWidth, width);
    this.#rows = triangleWeights(sourceHeight, height);
    this.#between = new Uint8Array(sourceHeight * width * channels);
  }

  /** Resizes one image of the source shape to `target`, which may be a part of a larger array. */
  resize(source: Uint8Array, target: Uint8Array): void {
    const [sourceHeight, sourceWidth, channels] = this.sourceShape;
    const [height, width] = this.targetShape;
    // Rows: each pixel of `channels` bytes is a sum of pixels; columns: each row is a sum of rows.
    for (let y = 0; y < sourceHeight; y++) {
      const row = source.subarray(y * sourceWidth * channels, (y + 1) * sourceWidth * channels);
      weigh(this.#columns, row, channels, this.#between.subarray(y * width * channels, (y + 1) * width * channels));
    }
    weigh(this.#rows, this.#between, width * channels, target.subarray(0, height * width * channels));
  }
}

/** Runs of `run` bytes, each the weighted sum of runs of `source`. */
function weigh({ starts, counts, weights, taps }: Axis, source: Uint8Array, run: number, target: Uint8Array): void {
  for (let i = 0, to = 0; i < starts.length; i++) {
    const first = (starts[i] as number) * run;
    const count = counts[i] as number;
    for (let byte = 0; byte < run; byte++) {
      let sum = HALF;
      let from = first + byte;
      for (let k = 0; k < count; k++) {
        sum += (weights[i * taps + k] as number) * (source[from] as number);
        from += run;
      }
      target[to++] = sum >> PRECISION;
    }
  }
}

/** Images of one shape, one after the other, resized to `size`. */
export function resizeImages(images: Uint8Array, shape: ImageShape, size: readonly [number, number]): Uint8Array {
  const [from, to] = [shape[0] * shape[1] * shape[2], size[0] * size[1] * shape[2]];
  const count = images.length / from;
  const resizer = new Resizer(shape, size);
  const resized = new Uint8Array(count * to);
  for (let image = 0; image < count; image++) {
    resizer.resize(images.subarray(image * from, (image + 1) * from), resized.subarray(image * to, (image + 1) * to));
  }
  return resized;
}
