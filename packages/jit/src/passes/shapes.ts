import type { Value } from "../ir/graph.js";

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** The shape of an elementwise operation's result; undefined if the operands do not broadcast. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 1; i <= rank; i++) {
    const x = a.at(-i) ?? 1;
    const y = b.at(-i) ?? 1;
    if (i > a.length || x === 1) shape.unshift(i > b.length ? x : y);
    else if (i > b.length || y === 1 || x === y) shape.unshift(x);
    else return undefined;
  }
  return shape;
}

/** True if `value` is a float32 or int32 constant whose elements are all `x`. */
export function isFilledWith(data: ArrayLike<number | bigint> | undefined, x: number): boolean {
  if (data === undefined || data.length === 0) return false;
  for (let i = 0; i < data.length; i++) if (data[i] !== x || Object.is(data[i], -0) !== Object.is(x, -0)) return false;
  return true;
}

/** The permutation of a Transpose node. */
export function permutationOf(perm: { readonly ints: readonly number[] } | undefined, x: Value): readonly number[] {
  return perm?.ints ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
}
