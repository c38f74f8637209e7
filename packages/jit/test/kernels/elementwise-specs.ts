import type fc from "fast-check";
import { operands, pairs } from "./arbitraries.js";
import type { Case, Operand } from "./parity.js";
import type { Spec } from "./spec.js";
import { EDGES, type Range } from "./values.js";

/** A vector of these numbers, as float32 holds them. */
export const vector = (values: readonly number[], dtype: Operand["dtype"] = "float32"): Operand => ({
  shape: [values.length],
  dtype,
  values: values.map((value) => (dtype === "float32" ? Math.fround(value) : value)),
});

interface UnaryOptions {
  readonly edges?: readonly number[];
  readonly range?: Range;
  readonly integers?: Range;
  readonly bools?: boolean;
  readonly attrs?: Record<string, unknown>;
  readonly more?: readonly Case[];
}

/** One tensor: the edges, and generated shapes and dtypes. */
export function unary({ edges = EDGES, range, integers, bools, attrs = {}, more = [] }: UnaryOptions = {}): Spec {
  const generated = [operands("float32", { ...range, edges })];
  if (integers) generated.push(operands("int32", integers));
  if (bools) generated.push(operands("bool"));
  return {
    cases: [{ inputs: { x: vector(edges) }, attrs }, ...more],
    generated: generated.map((arbitrary) => arbitrary.map((x): Case => ({ inputs: { x }, attrs }))),
    runs: 8,
  };
}

interface BinaryOptions {
  readonly edges?: readonly number[];
  readonly other?: readonly number[];
  readonly integers?: Range | false;
  readonly bools?: boolean;
  readonly floats?: boolean;
  readonly range?: Range;
  readonly otherRange?: Range;
  readonly more?: readonly Case[];
}

/** All pairs of edges, and generated shapes. */
export function binary({
  edges = EDGES,
  other = edges,
  integers = { low: -9, high: 9 },
  bools = false,
  floats = true,
  range = {},
  otherRange = range,
  more = [],
}: BinaryOptions = {}): Spec {
  const grid: Case = {
    inputs: { a: { ...vector(edges), shape: [edges.length, 1] }, b: vector(other) },
  };
  const generated: fc.Arbitrary<Case>[] = [];
  if (floats) {
    generated.push(
      pairs("float32", { ...range, edges }, { ...otherRange, edges: other }).map((inputs) => ({ inputs })),
    );
  }
  if (integers) generated.push(pairs("int32", integers).map((inputs) => ({ inputs })));
  if (bools) generated.push(pairs("bool").map((inputs) => ({ inputs })));
  return { cases: [...(floats ? [grid] : []), ...more], generated };
}
