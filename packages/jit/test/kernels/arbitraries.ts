import fc from "fast-check";
import type { DType, Operand } from "./parity.js";
import { numbers, type Range } from "./values.js";

/**
 * Generated operands. Values are generated from a seed, so that fast-check draws one number for a case and not one for
 * each element.
 */

const MAX_SIZE = 400;

/** Shapes of rank `minRank` to `maxRank` with few elements. */
export function shapes(minRank: number, maxRank: number, maxSide = 5): fc.Arbitrary<number[]> {
  return fc
    .array(fc.integer({ min: 1, max: maxSide }), { minLength: minRank, maxLength: maxRank })
    .filter((shape) => shape.reduce((size, side) => size * side, 1) <= MAX_SIZE);
}

export const seeds = fc.integer({ min: 0, max: 2 ** 31 });

export function operand(shape: readonly number[], dtype: DType, seed: number, range: Range = {}): Operand {
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, dtype, values: numbers(seed, size, dtype, range) };
}

/** One operand of any rank up to 6. */
export function operands(dtype: DType, range: Range = {}, minRank = 0, maxRank = 6): fc.Arbitrary<Operand> {
  return fc.tuple(shapes(minRank, maxRank), seeds).map(([shape, seed]) => operand(shape, dtype, seed, range));
}

/** Two shapes that broadcast together. */
export const broadcastPairs: fc.Arbitrary<[number[], number[]]> = shapes(0, 6).chain((shape) => {
  const part = fc
    .tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }))
    .map(([dropped, ones]) => shape.slice(dropped).map((side, i) => (ones[i] ? 1 : side)));
  return fc
    .tuple(fc.constant(shape), part)
    .chain(([whole, some]) => fc.constantFrom([whole, some], [some, whole])) as fc.Arbitrary<[number[], number[]]>;
});

/** Two operands `a` and `b` that broadcast. */
export function pairs(dtype: DType, range: Range = {}, other: Range = range): fc.Arbitrary<{ a: Operand; b: Operand }> {
  return fc.tuple(broadcastPairs, seeds, seeds).map(([[a, b], seedA, seedB]) => ({
    a: operand(a, dtype, seedA, range),
    b: operand(b, dtype, seedB, other),
  }));
}

/** Some axes of a shape, possibly negative, possibly all (`null`). */
export function someAxes(rank: number): fc.Arbitrary<number | number[] | null> {
  if (rank === 0) return fc.constant(null);
  const axis = fc.integer({ min: -rank, max: rank - 1 });
  const several = fc.uniqueArray(axis, { selector: (i) => (i + rank) % rank, minLength: 1, maxLength: rank });
  return fc.oneof(axis, several, fc.constant(null));
}
