import type { Rng } from "../src/rng.js";

/**
 * A generator for tests: xorshift32 words behind a multiplication, seeded by an FNV hash of the seed and the labels.
 * Good enough for the statistics here, and no more.
 */
export class TestRng implements Rng {
  readonly root: object;
  readonly #path: string;
  #state: number;

  constructor(path: string | number, root?: object) {
    this.#path = String(path);
    this.root = root ?? this;
    let hash = 0x811c9dc5;
    for (const character of this.#path) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    this.#state = (hash ^ (hash >>> 13)) >>> 0 || 1;
  }

  bits(target: Uint32Array): void {
    for (let i = 0; i < target.length; i++) {
      this.#state ^= this.#state << 13;
      this.#state ^= this.#state >>> 17;
      this.#state ^= this.#state << 5;
      const mixed = Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d);
      target[i] = mixed ^ (mixed >>> 12);
    }
  }

  fork(label: string): TestRng {
    return new TestRng(`${this.#path}/${label}`, this.root);
  }
}
