import { operand, operands } from "../arbitraries.js";
import type { Case, DType } from "../parity.js";
import type { Specs } from "../spec.js";

const ALL = ["float32", "int32", "bool"] as const;
const like = ALL.map((dtype) => operands(dtype).map((x): Case => ({ inputs: { x } })));

/** Kernels without inputs get a tensor that none of them reads, so that the model has an input. */
const unread = (dtype: DType = "float32") => ({ unread: operand([1], dtype, 1) });

export const creation: Specs = {
  ZerosLike: { generated: like, runs: 6 },
  OnesLike: { generated: like, runs: 6 },
  Fill: {
    cases: ALL.flatMap((dtype) =>
      [[], [1], [3], [2, 0], [2, 3, 4]].map((shape) => ({
        inputs: unread(dtype),
        attrs: { shape, value: dtype === "float32" ? 0.1 : 1, dtype },
      })),
    ),
  },
  Range: {
    cases: [
      [0, 5, 1],
      [5, 0, -1],
      [0, 1, 0.1],
      [3, 0, 1],
      [2, 2, 1],
      [0, 7, 3],
    ].flatMap(([start, stop, step]) =>
      (["float32", "int32"] as const)
        .filter((dtype) => dtype === "float32" || Number.isInteger(step))
        .map((dtype) => ({ inputs: unread(dtype), attrs: { start, stop, step, dtype } })),
    ),
  },
  LinSpace: {
    cases: [2, 5, 11].map((num) => ({ inputs: unread(), attrs: { start: -1, stop: 2.5, num } })),
  },
  Diag: {
    cases: ALL.map((dtype) => ({ inputs: { x: operand([4], dtype, 3) } })),
  },
  OneHot: {
    cases: ALL.flatMap((dtype) =>
      [[4], [2, 3], []].map((shape, i) => ({
        inputs: { indices: operand(shape, "int32", i + 1, { low: -2, high: 4 }) },
        attrs: {
          depth: 3,
          onValue: i === 1 && dtype !== "bool" ? 5 : 1,
          offValue: i === 1 && dtype !== "bool" ? -2 : 0,
          dtype,
        },
      })),
    ),
  },
};
