/** At most this many blocks, so that measures stay small files. */
const BLOCKS = 100;

/**
 * Means of the numbers of consecutive images. Two models that were measured on the same images are compared by the
 * differences of these means, whose error lacks what the images contribute to both.
 */
export class BlockMeans {
  readonly #size: number;
  readonly #sums: number[] = [];
  #images = 0;

  /** @param images How many there will be. */
  constructor(images: number) {
    this.#size = Math.max(1, Math.ceil(images / BLOCKS));
  }

  readonly add = (values: Float32Array): void => {
    for (const value of values) {
      const block = Math.floor(this.#images / this.#size);
      this.#sums[block] = (this.#sums[block] ?? 0) + value;
      this.#images += 1;
    }
  };

  /** The means, to 1e-4; a last block with fewer images is left out. */
  means(): number[] {
    const whole = Math.floor(this.#images / this.#size);
    return this.#sums.slice(0, whole).map((sum) => Math.round((sum / this.#size) * 1e4) / 1e4);
  }
}
