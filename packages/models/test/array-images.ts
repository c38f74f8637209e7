import * as tf from "@tensorflow/tfjs-core";
import type { BatchOptions, ImageSource } from "../src/training/image-source.js";

/** Images in memory. Treats every kind of `binarize` as a threshold. Counts the requests that it receives. */
export class ArrayImages implements ImageSource {
  readonly asked: BatchOptions[] = [];
  readonly #images: readonly (readonly number[])[];

  constructor(images: readonly (readonly number[])[]) {
    this.#images = images;
  }

  *batches(options: BatchOptions): Iterable<tf.Tensor> {
    this.asked.push(options);
    const { batchSize, shuffle, rng, binarize, dropRemainder } = options;
    const order = this.#images.map((_, index) => index);
    if (shuffle) {
      const words = new Uint32Array(order.length);
      rng.bits(words);
      order.sort((a, b) => words[a]! - words[b]!);
    }
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize);
      if (dropRemainder && batch.length < batchSize) return;
      const pixels = batch.map((index) => this.#images[index]!.map((v) => (binarize ? Number(v >= 0.5) : v)));
      yield tf.tensor2d(pixels);
    }
  }
}

/** Bars: images of `side` x `side` pixels with one column on, seeded by position. */
export function bars(count: number, side: number): number[][] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: side * side }, (_, pixel) => Number(pixel % side === (i * 7 + (i >> 3)) % side)),
  );
}
