import fc from "fast-check";
import { operand, operands, seeds, shapes } from "../arbitraries.js";
import type { Case, Operand } from "../parity.js";
import type { Specs } from "../spec.js";
import { generator } from "../values.js";

const ALL = ["float32", "int32", "bool"] as const;
const NUMBERS = ["float32", "int32"] as const;

const int = (shape: readonly number[], values: readonly number[], isConstant = false): Operand => ({
  shape,
  dtype: "int32",
  values,
  isConstant,
});
const below = (size: number, shape: readonly number[], seed: number, isConstant = false): Operand => ({
  ...operand(shape, "int32", seed, { low: 0, high: size - 1 }),
  isConstant,
});

const gathers = ALL.map((dtype) =>
  fc.tuple(operands(dtype, {}, 1, 4), shapes(0, 2, 4), seeds, fc.boolean()).chain(([x, indexShape, seed, isConstant]) =>
    fc.integer({ min: 0, max: x.shape.length - 1 }).map(
      (axis): Case => ({
        inputs: { x, indices: below(x.shape[axis] as number, indexShape, seed, isConstant) },
        attrs: { axis: seed % 2 ? axis : axis - x.shape.length, batchDims: 0 },
      }),
    ),
  ),
);

const batchGathers = fc.tuple(shapes(2, 4, 4), seeds).chain(([shape, seed]) =>
  fc.integer({ min: 1, max: shape.length - 1 }).chain((batchDims) =>
    fc.integer({ min: batchDims, max: shape.length - 1 }).map(
      (axis): Case => ({
        inputs: {
          x: operand(shape, "float32", seed),
          indices: below(shape[axis] as number, [...shape.slice(0, batchDims), 3], seed),
        },
        attrs: { axis, batchDims },
      }),
    ),
  ),
);

/** Rows `[count, depth]` of positions in a shape; distinct unless repeats are allowed. */
function positions(shape: readonly number[], depth: number, count: number, seed: number, isDistinct: boolean): Operand {
  const next = generator(seed);
  const seen = new Set<string>();
  const rows: number[][] = [];
  while (rows.length < count) {
    const row = shape.slice(0, depth).map((side) => Math.floor(next() * side));
    if (isDistinct && seen.has(row.join())) continue;
    seen.add(row.join());
    rows.push(row);
  }
  return int([count, depth], rows.flat());
}

const scatterCases = fc
  .tuple(shapes(1, 4, 4), seeds)
  .chain(([shape, seed]) => fc.integer({ min: 1, max: shape.length }).map((depth) => ({ shape, seed, depth })));

const segments = NUMBERS.map((dtype) =>
  fc.tuple(operands(dtype, {}, 1, 4), seeds).map(
    ([x, seed]): Case => ({
      inputs: { x, segmentIds: operand([x.shape[0] as number], "int32", seed, { low: -3, high: 5 }) },
      attrs: { numSegments: 4 },
    }),
  ),
);

const weightsOf = (dtype: "float32" | "int32", count: number, seed: number) =>
  seed % 3 === 0 ? operand([0], dtype, 1) : operand([count], dtype, seed);

export const indexing: Specs = {
  GatherV2: {
    cases: [{ inputs: { x: operand([3, 2], "float32", 1), indices: int([0], []) }, attrs: { axis: 0, batchDims: 0 } }],
    generated: [...gathers, batchGathers],
  },
  GatherNd: {
    generated: ALL.map((dtype) =>
      scatterCases.map(
        ({ shape, seed, depth }): Case => ({
          inputs: { params: operand(shape, dtype, seed), indices: positions(shape, depth, 3, seed, false) },
        }),
      ),
    ),
  },
  ScatterNd: {
    // A vector of indices: positions along the first axis.
    cases: [
      { inputs: { indices: int([1], [3]), updates: int([1], [101]) }, attrs: { shape: [5] } },
      { inputs: { indices: int([2], [3, 1]), updates: operand([2, 2], "float32", 1) }, attrs: { shape: [5, 2] } },
    ],
    generated: NUMBERS.map((dtype) =>
      scatterCases.map(
        ({ shape, seed, depth }): Case => ({
          inputs: {
            indices: positions(shape, depth, 4, seed, false),
            updates: operand([4, ...shape.slice(depth)], dtype, seed),
          },
          attrs: { shape },
        }),
      ),
    ),
  },
  TensorScatterUpdate: {
    cases: [
      {
        inputs: {
          tensor: operand([4, 2], "float32", 1),
          indices: int([2], [3, 1]),
          updates: operand([2, 2], "float32", 2),
        },
      },
    ],
    generated: ALL.map((dtype) =>
      scatterCases.map(
        ({ shape, seed, depth }): Case => ({
          inputs: {
            tensor: operand(shape, dtype, seed + 1),
            indices: positions(shape, depth, 1, seed, true),
            updates: operand([1, ...shape.slice(depth)], dtype, seed),
          },
        }),
      ),
    ),
  },
  SparseToDense: {
    cases: [
      {
        inputs: {
          sparseIndices: int([3], [0, 4, 2]),
          sparseValues: operand([], "float32", 1),
          defaultValue: operand([], "float32", 2),
        },
        attrs: { outputShape: [5] },
      },
    ],
    generated: ALL.map((dtype) =>
      fc.tuple(fc.integer({ min: 2, max: 5 }), seeds).map(
        ([side, seed]): Case => ({
          inputs: {
            sparseIndices: positions([side, side], 2, 3, seed, true),
            sparseValues: operand([3], dtype, seed),
            defaultValue: operand([], dtype, seed + 1),
          },
          attrs: { outputShape: [side, side] },
        }),
      ),
    ),
  },
  UnsortedSegmentSum: { generated: segments },
  Bincount: {
    generated: NUMBERS.map((dtype) =>
      fc.tuple(fc.integer({ min: 1, max: 9 }), seeds).map(
        ([count, seed]): Case => ({
          inputs: { x: below(6, [count], seed), weights: weightsOf(dtype, count, seed) },
          attrs: { size: 5 },
        }),
      ),
    ),
  },
  DenseBincount: {
    generated: NUMBERS.map((dtype) =>
      fc.tuple(fc.integer({ min: 1, max: 5 }), seeds, fc.boolean()).map(
        ([count, seed, binaryOutput]): Case => ({
          inputs:
            seed % 4 === 0
              ? { x: below(6, [count], seed), weights: weightsOf(dtype, count, seed) }
              : {
                  x: below(6, [2, count], seed),
                  weights: seed % 3 === 0 ? operand([0], dtype, 1) : operand([2, count], dtype, seed),
                },
          attrs: { size: 5, binaryOutput },
        }),
      ),
    ),
  },
  TopK: {
    cases: [
      { inputs: { x: operand([2, 3], "float32", 1) }, attrs: { k: 0, sorted: true } },
      {
        inputs: { x: { shape: [2, 5], dtype: "float32", values: [3, 1, 3, 3, 2, 0, -0, 0, -1, 0] } },
        attrs: { k: 4, sorted: true },
      },
      // onnxruntime chooses among algorithms by the number of elements and k.
      ...[1, 3, 40, 150, 299, 300].map((k) => ({
        inputs: { x: { ...operand([2, 300], "int32", k, { low: -3, high: 3 }), dtype: "float32" as const } },
        attrs: { k, sorted: true },
      })),
    ],
    generated: NUMBERS.map((dtype) =>
      operands(dtype, { low: -3, high: 3 }, 1, 4).chain((x) =>
        fc
          .integer({ min: 1, max: x.shape.at(-1) as number })
          .map((k): Case => ({ inputs: { x }, attrs: { k, sorted: true } })),
      ),
    ),
  },
  SearchSorted: {
    generated: NUMBERS.flatMap((dtype) =>
      (["left", "right"] as const).map((side) =>
        seeds.map((seed): Case => {
          const sorted = operand([2, 6], dtype, seed, { low: -4, high: 4 });
          const rows = [sorted.values.slice(0, 6), sorted.values.slice(6)].map((row) => row.toSorted((p, q) => p - q));
          const own = (rows[0] as number[])[2] as number;
          const values = operand([2, 4], dtype, seed + 1, { low: -5, high: 5 });
          return {
            inputs: {
              sortedSequence: { ...sorted, values: rows.flat() },
              values: { ...values, values: [own, ...values.values.slice(1)] },
            },
            attrs: { side },
          };
        }),
      ),
    ),
    runs: 6,
  },
};
