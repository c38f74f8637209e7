import type { DType } from "./parity.js";

/** Seeded test values: plain arrays, so that a case can be printed. */

/**
 * Values for which float kernels often fail: zeros of both signs, ties, saturation, tiny and huge numbers, infinities,
 * NaN.
 */
export const EDGES: readonly number[] = [
  0,
  -0,
  0.5,
  -0.5,
  1,
  -1,
  1.5,
  -1.5,
  2.5,
  -2.5,
  1e-30,
  -1e-30,
  1e-7,
  -1e-7,
  1e-4,
  -1e-4,
  0.1,
  -0.1,
  5,
  -5,
  12,
  -12,
  16,
  -16,
  18.1,
  -18.1,
  20,
  -20,
  50,
  -50,
  88,
  -88,
  100,
  -100,
  1e30,
  -1e30,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];

export const FINITE_EDGES: readonly number[] = EDGES.filter(Number.isFinite);

/** Mulberry32: 32 bits of state are plenty for test data. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Range {
  readonly low?: number;
  readonly high?: number;
  /** Share of elements taken from {@link EDGES} (floats only). */
  readonly edges?: readonly number[];
}

/** `size` numbers of a type, uniform between `low` and `high`; a fifth are edges where those are given. */
export function numbers(seed: number, size: number, dtype: DType, { low = -4, high = 4, edges }: Range = {}): number[] {
  const next = generator(seed);
  return Array.from({ length: size }, () => {
    if (dtype === "bool") return next() < 0.5 ? 0 : 1;
    if (dtype === "int32") return Math.floor(low + next() * (high - low + 1));
    if (edges && next() < 0.2) return Math.fround(edges[Math.floor(next() * edges.length)] as number);
    return Math.fround(low + next() * (high - low));
  });
}
