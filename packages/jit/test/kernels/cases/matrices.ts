import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { operand, seeds } from "../arbitraries.js";
import type { Case, DType } from "../parity.js";
import type { Specs } from "../spec.js";

const side = fc.integer({ min: 1, max: 7 });

/** Batches that the cpu backend computes correctly: equal, or of one operand only. */
const batches = fc.constantFrom<[number[], number[]]>(
  [[], []],
  [[1], [1]],
  [[3], [3]],
  [[3], [1]],
  [[1], [3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], []],
  [[], [2, 2]],
  [[1, 1], [1]],
);

const products = (dtype: DType, extra: (seed: number, m: number, n: number) => Partial<Case>) =>
  fc
    .tuple(batches, fc.tuple(side, side, side), fc.boolean(), fc.boolean(), seeds)
    .map(([[batchA, batchB], [m, k, n], transposeA, transposeB, seed]): Case => {
      const { inputs = {}, attrs = {} } = extra(seed, m, n);
      return {
        inputs: {
          a: operand([...batchA, ...(transposeA ? [k, m] : [m, k])], dtype, seed),
          b: operand([...batchB, ...(transposeB ? [n, k] : [k, n])], dtype, seed + 1),
          ...(inputs as Record<string, never>),
        },
        attrs: { transposeA, transposeB, ...attrs },
      };
    });

const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"];

const fused = products("float32", (seed, m, n) => {
  const activation = activations[seed % activations.length] as string;
  const biasShapes = [[n], [1, n], [m, n], [1], []];
  return {
    inputs: {
      ...(seed % 5 === 0
        ? {}
        : { bias: operand(biasShapes[seed % biasShapes.length] as number[], "float32", seed + 2) }),
      ...(activation === "prelu" ? { preluActivationWeights: operand([n], "float32", seed + 3) } : {}),
    },
    attrs: { activation, leakyreluAlpha: 0.3 },
  };
});

const EQUATIONS = [
  ...["ij,jk->ik", "ij->i", "ij->ji", "i,j->ij", "bij,bjk->bik", "ij,ij->", "ijk->", "bi,bi->b", "bqhd,bkhd->bhqk"],
  " a b c , c d -> a b d ",
];

const einsums = (dtype: DType) =>
  fc
    .tuple(
      fc.constantFrom(...EQUATIONS),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 26, maxLength: 26 }),
      seeds,
    )
    .map(([equation, sizes, seed]): Case => {
      const [terms = ""] = equation.replace(/\s/g, "").split("->");
      const shapes = terms
        .split(",")
        .map((term) => [...term].map((label) => sizes[label.charCodeAt(0) - 97] as number));
      return { inputs: shapes.map((shape, i) => operand(shape, dtype, seed + i)), attrs: { equation } };
    });

export const matrices: Specs = {
  BatchMatMul: {
    generated: [products("float32", () => ({})), products("int32", () => ({}))],
    runs: 40,
    cases: [
      {
        inputs: { a: operand([2, 1, 3, 4], "float32", 1), b: operand([1, 3, 4, 2], "float32", 2) },
        attrs: { transposeA: false, transposeB: false },
        // The cpu backend is wrong if both operands are repeated.
        reference: ({ a, b }) =>
          tf.matMul(tf.tile(a as tf.Tensor, [1, 3, 1, 1]), tf.tile(b as tf.Tensor, [2, 1, 1, 1])),
      },
      {
        inputs: { a: operand([0, 3], "float32", 1), b: operand([3, 2], "float32", 2) },
        attrs: { transposeA: false, transposeB: false },
      },
      {
        inputs: { a: operand([2, 3, 4], "float32", 1), b: operand([2, 0, 4], "float32", 2) },
        attrs: { transposeA: false, transposeB: true },
      },
      {
        inputs: {
          a: operand([65, 130], "float32", 1, { low: -1, high: 1 }),
          b: operand([130, 33], "float32", 2, { low: -1, high: 1 }),
        },
        attrs: { transposeA: false, transposeB: false },
      },
    ],
  },
  _FusedMatMul: { generated: [fused], runs: 60 },
  Einsum: { generated: [einsums("float32"), einsums("int32")], runs: 40 },
};
