import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { operand, operands, seeds, shapes, someAxes } from "../arbitraries.js";
import type { Case, DType, Operand } from "../parity.js";
import type { Spec, Specs } from "../spec.js";
import type { Range } from "../values.js";

interface ReductionOptions {
  readonly dtypes: readonly DType[];
  readonly range?: Range;
  readonly axisName?: string;
  readonly more?: readonly Case[];
}

/** Every rank up to 6, some or all axes, with and without keepDims. */
function reduction({ dtypes, range = {}, axisName = "axis", more = [] }: ReductionOptions): Spec {
  const generated = dtypes.map((dtype) =>
    operands(dtype, range).chain((x) =>
      fc
        .tuple(someAxes(x.shape.length), fc.boolean())
        .map(([axis, keepDims]): Case => ({ inputs: { x }, attrs: { [axisName]: axis, keepDims } })),
    ),
  );
  const noAxes: Case = {
    inputs: { x: operand([2, 3], dtypes[0] as DType, 3) },
    attrs: { [axisName]: [], keepDims: false },
  };
  return { cases: [noAxes, ...more], generated, runs: 30 };
}

const ALL = ["float32", "int32", "bool"] as const;
const float = (shape: readonly number[], values: readonly number[]): Operand => ({ shape, dtype: "float32", values });

const rows = [
  [1, Number.NaN, 3],
  [Number.NaN, 1, 2],
  [5, 5, Number.NaN],
  [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [1e30, -1e30, 1e-30],
];
const special = float([rows.length, 3], rows.flat());
const withNaN = (axisName: string): Case[] =>
  [0, 1, null].map((axis) => ({ inputs: { x: special }, attrs: { [axisName]: axis, keepDims: false } }));
const empty = (axis: number): Case => ({ inputs: { x: float([0, 3], []) }, attrs: { axis, keepDims: true } });

const emptyOfAll = (axisName: string): Case[] =>
  ALL.map((dtype) => ({ inputs: { x: operand([2, 0], dtype, 1) }, attrs: { [axisName]: 1, keepDims: false } }));

const noFlags: Case = { inputs: { x: operand([0, 3], "bool", 1) }, attrs: { axis: 0, keepDims: false } };

/** Ties on purpose: few different values. */
function argument(): Spec {
  return {
    cases: [
      { inputs: { x: float([2, 4], [1, 3, 3, 0, -1, -1, -5, -5]) }, attrs: { axis: 1 } },
      { inputs: { x: float([2, 0], []) }, attrs: { axis: 1 } },
      { inputs: { x: float([0, 2], []) }, attrs: { axis: 0 } },
      // Long enough for vector instructions.
      ...ALL.flatMap((dtype) =>
        [0, 1].map((axis): Case => {
          const x = operand([120, 120], dtype === "float32" ? "int32" : dtype, 5 + axis, { low: -3, high: 3 });
          return { inputs: { x: { ...x, dtype } }, attrs: { axis } };
        }),
      ),
    ],
    generated: ALL.map((dtype) =>
      operands(dtype === "float32" ? "int32" : dtype, { low: -2, high: 2 }, 1).chain((x) =>
        fc
          .integer({ min: -x.shape.length, max: x.shape.length - 1 })
          .map((axis): Case => ({ inputs: { x: { ...x, dtype } }, attrs: { axis } })),
      ),
    ),
  };
}

function scan(range: Range): Spec {
  return {
    generated: ALL.map((dtype) =>
      operands(dtype, range, 1).chain((x) =>
        fc
          .record({
            axis: fc.integer({ min: 0, max: x.shape.length - 1 }),
            exclusive: fc.boolean(),
            reverse: fc.boolean(),
          })
          .map((attrs): Case => ({ inputs: { x }, attrs })),
      ),
    ),
    cases: [
      { inputs: { x: operand([3, 37], "float32", 8, range) }, attrs: { axis: 1, exclusive: true, reverse: true } },
      {
        inputs: { x: operand([3, 4], "float32", 8, range) },
        attrs: { axis: -1, exclusive: false, reverse: false },
        // The cpu backend returns an empty tensor for a negative axis.
        reference: ({ x }) => (range.low === 0.5 ? tf.cumprod(x as tf.Tensor, 1) : tf.cumsum(x as tf.Tensor, 1)),
      },
    ],
  };
}

const logits: readonly Operand[] = [
  float([4, 2], [0, -100, 0, -200, 20, -20, 1e30, -1e30]),
  float([2, 3], [Number.NEGATIVE_INFINITY, 0, 1, Number.NaN, 1, 2]),
  float([1, 1], [5]),
];

function softmaxOf(axisName: string, reference?: Case["reference"]): Spec {
  const extra = reference ? { reference } : {};
  return {
    cases: logits.map((x) => ({ inputs: { logits: x }, attrs: { [axisName]: x.shape.length - 1 }, ...extra })),
    generated: [
      fc.tuple(shapes(1, 5), seeds).map(
        ([shape, seed]): Case => ({
          inputs: { logits: operand(shape, "float32", seed, { low: -30, high: 30 }) },
          attrs: { [axisName]: shape.length - 1 },
          ...extra,
        }),
      ),
    ],
  };
}

export const reductions: Specs = {
  Sum: reduction({ dtypes: ALL, more: [empty(0), empty(1), ...withNaN("axis")] }),
  Mean: reduction({ dtypes: ALL, more: [empty(1)] }),
  Prod: reduction({ dtypes: ALL, range: { low: 1, high: 2 }, more: [empty(0)] }),
  Max: reduction({
    dtypes: ALL,
    axisName: "reductionIndices",
    more: [...withNaN("reductionIndices"), ...emptyOfAll("reductionIndices")],
  }),
  Min: reduction({ dtypes: ALL, more: [...withNaN("axis"), ...emptyOfAll("axis")] }),
  All: reduction({ dtypes: ["bool"], more: [noFlags] }),
  Any: reduction({ dtypes: ["bool"], more: [noFlags] }),
  ArgMax: argument(),
  ArgMin: argument(),
  Cumsum: scan({}),
  Cumprod: scan({ low: 0.5, high: 1.5 }),
  Softmax: softmaxOf("dim"),
  LogSoftmax: softmaxOf("axis", ({ logits: x }) => tf.logSoftmax(x as tf.Tensor)),
};
