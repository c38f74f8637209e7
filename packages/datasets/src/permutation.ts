import type { Rng } from "./rng.js";

/**
 * A uniformly random permutation of `0 ... length - 1` by the Fisher-Yates shuffle, the same on every machine.
 * Integers below n come from 32-bit words; words past the largest multiple of n are drawn again, so none is likelier.
 * Shapes: `number -> [length]`.
 *
 * `rng` belongs to the call: more is drawn from it than is used.
 */
export function randomPermutation(length: number, rng: Rng): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const words = new Uint32Array(Math.min(1024, Math.max(1, length)));
  let used = words.length;
  for (let last = length - 1; last > 0; last--) {
    const bound = last + 1;
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word: number;
    do {
      if (used === words.length) {
        rng.bits(words);
        used = 0;
      }
      word = words[used++] as number;
    } while (word >= limit);
    const other = word % bound;
    const moved = order[last] as number;
    order[last] = order[other] as number;
    order[other] = moved;
  }
  return order;
}
