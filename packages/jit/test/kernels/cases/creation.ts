import fc from "fast-check";
import { operand, operands, seeds, shapes } from "../arbitraries.js";
import type { Case, DType } from "../parity.js";
import type { Specs } from "../spec.js";

const ALL = ["float32", "int32", "bool"] as const;
const like = ALL.map((dtype) => operands(dtype).map((x): Case => ({ inputs: { x } })));

/** Kernels without inputs get a tensor that none of them reads, so that the model has an input. */
const unread = (dtype: DType = "float32") => ({ unread: operand([1], dtype, 1) });

/** A number that a type holds. */
const valueIn = (dtype: DType) =>
  dtype === "bool"
    ? fc.constantFrom(0, 1)
    : dtype === "int32"
      ? fc.integer({ min: -9, max: 9 })
      : fc.double({ min: -9, max: 9, noNaN: true });

const ranges = (["float32", "int32"] as const).map((dtype) => {
  const end = dtype === "int32" ? fc.integer({ min: -20, max: 20 }) : fc.double({ min: -5, max: 5, noNaN: true });
  const step = dtype === "int32" ? fc.integer({ min: 1, max: 6 }) : fc.double({ min: 0.1, max: 3, noNaN: true });
  return fc.tuple(end, end, step).map(
    ([start, stop, size]): Case => ({
      inputs: unread(dtype),
      attrs: { start, stop, step: stop < start ? -size : size, dtype },
    }),
  );
});

const oneHots = ALL.map((dtype) =>
  fc.tuple(shapes(0, 3), fc.integer({ min: 1, max: 5 }), valueIn(dtype), valueIn(dtype), fc.boolean(), seeds).map(
    ([shape, depth, onValue, offValue, isPlain, seed]): Case => ({
      // Two indices on either side are out of range.
      inputs: { indices: operand(shape, "int32", seed, { low: -2, high: depth + 1 }) },
      attrs: { depth, onValue: isPlain ? 1 : onValue, offValue: isPlain ? 0 : offValue, dtype },
    }),
  ),
);

export const creation: Specs = {
  ZerosLike: { generated: like, runs: 6 },
  OnesLike: { generated: like, runs: 6 },
  Fill: {
    cases: ALL.map((dtype) => ({ inputs: unread(dtype), attrs: { shape: [2, 0], value: 1, dtype } })),
    generated: ALL.map((dtype) =>
      fc.tuple(shapes(0, 6), valueIn(dtype)).map(
        ([shape, value]): Case => ({
          inputs: unread(dtype),
          attrs: { shape, value, dtype },
        }),
      ),
    ),
  },
  Range: {
    cases: [
      [3, 0, 1],
      [2, 2, 1],
      [0, 3, -1],
      [3, 0, 2],
    ].flatMap(([start, stop, step]) =>
      (["float32", "int32"] as const).map((dtype) => ({ inputs: unread(dtype), attrs: { start, stop, step, dtype } })),
    ),
    generated: ranges,
  },
  LinSpace: {
    generated: [
      fc
        .tuple(
          fc.double({ min: -5, max: 5, noNaN: true }),
          fc.double({ min: -5, max: 5, noNaN: true }),
          fc.integer({ min: 1, max: 30 }),
        )
        .map(([start, stop, num]): Case => ({ inputs: unread(), attrs: { start, stop, num } })),
    ],
  },
  Diag: { generated: ALL.map((dtype) => operands(dtype, {}, 1, 3).map((x): Case => ({ inputs: { x } }))), runs: 8 },
  OneHot: { generated: oneHots },
};
