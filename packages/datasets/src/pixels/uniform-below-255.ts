import type { Rng } from "../rng.js";

const WORDS = 1024;

/**
 * Uniform integers 0 ... 254 from the bytes of a generator's words, lowest byte first on every machine; the byte 255
 * is left out. Against such an integer, a pixel v is larger with probability v / 255 exactly.
 */
export class UniformBelow255 {
  readonly #rng: Rng;
  readonly #words = new Uint32Array(WORDS);
  /** The integers drawn last. */
  readonly values = new Uint8Array(4 * WORDS);
  /** How many of {@link values} hold integers. */
  length = 0;
  /** The first of {@link values} that isn't used yet. */
  position = 0;

  /** `rng` belongs to this object: more is drawn from it than is used. */
  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Draws all integers afresh and drops those that were left. */
  refill(): void {
    const words = this.#words;
    const { values } = this;
    this.#rng.bits(words);
    let length = 0;
    for (let i = 0; i < WORDS; i++) {
      const word = words[i] as number;
      for (let shift = 0; shift < 32; shift += 8) {
        const byte = (word >>> shift) & 255;
        values[length] = byte;
        if (byte !== 255) length++;
      }
    }
    this.length = length;
    this.position = 0;
  }
}
