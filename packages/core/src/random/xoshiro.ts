/**
 * xoshiro128++ 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021): four 32-bit words of
 * state, period 2^128 - 1. Chosen by measurement (bench/rng.mjs): JavaScript has no 64-bit integers, and of the
 * generators that need none it is the fastest that passes BigCrush.
 *
 * The state is an Int32Array of four words; loops that draw many numbers keep it in local variables.
 */
export type XoshiroState = Int32Array;

/** The next 32-bit word, as a signed integer. */
export function nextWord(state: XoshiroState): number {
  const s0 = state[0]!;
  const s1 = state[1]!;
  const s3 = state[3]!;
  const sum = (s0 + s3) | 0;
  const s2 = state[2]! ^ s0;
  const t3 = s3 ^ s1;
  state[1] = s1 ^ s2;
  state[0] = s0 ^ t3;
  state[2] = s2 ^ (s1 << 9);
  state[3] = (t3 << 11) | (t3 >>> 21);
  return (((sum << 7) | (sum >>> 25)) + s0) | 0;
}

/**
 * A float64 in the open interval (0, 1), an odd multiple of 2^-53, from two words. With one more bit the largest would
 * round to 1.
 */
export function openUniformFromWords(high: number, low: number): number {
  return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) * 2 ** -52;
}

/** The next float64 of {@link openUniformFromWords}. */
export function nextOpenUniform(state: XoshiroState): number {
  const high = nextWord(state);
  return openUniformFromWords(high, nextWord(state));
}

/** The next words, written to memory. */
export function fillWords(state: XoshiroState, target: Uint32Array): void {
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let s3 = state[3]!;
  for (let i = 0; i < target.length; i++) {
    const sum = (s0 + s3) | 0;
    target[i] = ((sum << 7) | (sum >>> 25)) + s0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
}

/**
 * The uniform draw of a word: (2k + 1) / 2^24 with k its top 23 bits. With 24 bits, (k + 0.5) / 2^24 would need 25
 * digits and round to 1 in float32.
 */
export function uniformFromWord(word: number): number {
  return ((word >>> 9) * 2 + 1) * 2 ** -24;
}

/** The next uniform draws, one word each. */
export function fillUniform(state: XoshiroState, target: Float32Array): void {
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let s3 = state[3]!;
  for (let i = 0; i < target.length; i++) {
    const sum = (s0 + s3) | 0;
    target[i] = uniformFromWord((((sum << 7) | (sum >>> 25)) + s0) | 0);
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
}
