import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { operand, operands, pairs } from "../arbitraries.js";
import { binary, unary, vector } from "../elementwise-specs.js";
import type { Case, Operand } from "../parity.js";
import type { Specs } from "../spec.js";
import { EDGES, FINITE_EDGES } from "../values.js";

const SMALL_INTEGERS = { low: -9, high: 9 };
/**
 * The domain of arc functions and logarithms of integers. Outside of it an integer NaN is 0 in tfjs and the lowest
 * int32 here.
 */
const POSITIVE = { low: 1, high: 30 };
const NON_NEGATIVE = { low: 0, high: 30 };
/** Results that fit into int32. */
const WITHIN_INT32 = { low: -9, high: 9 };

/** Large enough for the form that Softplus takes in large tensors. */
const LARGE: Operand = operand([50, 41], "float32", 5, { low: -110, high: 110, edges: EDGES });

const INT32_LIMITS = [-2147483648, 2147483647, -1, 0, 1, 7, -7, 2, -2];
const integerGrid = (isConstant: boolean): Case => ({
  inputs: {
    a: { ...vector(INT32_LIMITS, "int32"), shape: [INT32_LIMITS.length, 1] },
    b: { ...vector(INT32_LIMITS, "int32"), isConstant },
  },
});
/** The cpu backend rounds products beyond 2^53 to float64 before they wrap around. */
const wrappedProducts: Case["reference"] = ({ a, b }) => {
  const [rows, columns] = [a!.dataSync(), b!.dataSync()];
  const products = [...rows].flatMap((x) => [...columns].map((y) => Math.imul(x, y)));
  return tf.tensor2d(products, [rows.length, columns.length], "int32");
};
const byConstant = (dtype: Operand["dtype"], values: readonly number[], divisor: number): Case => ({
  inputs: { a: vector(values, dtype), b: { shape: [], dtype, values: [divisor], isConstant: true } },
});

/** Numbers whose quotients by halves are exact, or far from an integer. */
const DIVISORS = [0.5, -0.5, 1, -1, 3, -3, 100, -100, 2.5];
const HALVES = EDGES.filter((value) => Number.isInteger(value * 2) && Math.abs(value) < 1e6);
const MODERATE = FINITE_EDGES.filter((value) => Math.abs(value) < 1e6 && Math.abs(value) > 1e-5);

/** Magnitudes from 1e-9 to 100 in steps of a third, of both signs, which reveal rounding in 1 + x and exp(x) - 1. */
const DENSE = vector(Array.from({ length: 180 }, (_, i) => (i % 2 ? -1 : 1) * 1e-9 * (4 / 3) ** (i / 2)));

const signs = (tensor: tf.Tensor) => tf.where(tf.isNaN(tensor), tensor, tf.sign(tensor));

export const elementwise: Specs = {
  Abs: unary({ integers: SMALL_INTEGERS }),
  Neg: unary({ integers: SMALL_INTEGERS }),
  Square: unary({ integers: SMALL_INTEGERS }),
  Sign: {
    cases: [{ inputs: { x: vector(EDGES) }, reference: ({ x }) => signs(x as tf.Tensor) }],
    generated: [
      operands("float32", { edges: FINITE_EDGES }).map((x) => ({ inputs: { x } })),
      operands("int32").map((x) => ({ inputs: { x } })),
    ],
  },
  Ceil: unary({ integers: SMALL_INTEGERS }),
  Floor: unary({ integers: SMALL_INTEGERS }),
  Round: unary({
    integers: SMALL_INTEGERS,
    more: [{ inputs: { x: vector([3.5, 4.5, -3.5, -4.5, 8388609.5, 0.49999997]) } }],
  }),
  IsNan: unary({ integers: SMALL_INTEGERS }),
  IsInf: unary({ integers: SMALL_INTEGERS }),
  IsFinite: unary({ integers: SMALL_INTEGERS, more: [{ inputs: { x: vector([3.4028234e38, -3.4028234e38]) } }] }),
  Exp: unary({ integers: SMALL_INTEGERS, more: [{ inputs: { x: vector([-87, -88.5, -103, -104, 88.7, 88.8]) } }] }),
  Expm1: unary({
    integers: WITHIN_INT32,
    more: [{ inputs: { x: vector([1e-3, -1e-3, 88.7, 88.8, -17, 1e-10]) } }, { inputs: { x: DENSE } }],
  }),
  Log: unary({ more: [{ inputs: { x: vector([0.999, 1.001, 1.0000001, 1e-38, 1e-45]) } }] }),
  Log1p: unary({
    integers: NON_NEGATIVE,
    more: [
      { inputs: { x: vector([1e-3, -1e-3, 3e-4, 1e-5, -0.9999999, -1.1, 3.4e38, 6e-8, 1.2e-7, -6e-8]) } },
      { inputs: { x: DENSE } },
    ],
  }),
  Sqrt: unary({}),
  Rsqrt: unary({}),
  Reciprocal: unary({ integers: POSITIVE }),
  Sigmoid: unary({ more: [{ inputs: { x: LARGE } }, { inputs: { x: DENSE } }] }),
  Softplus: unary({ integers: SMALL_INTEGERS, more: [{ inputs: { x: LARGE } }, { inputs: { x: DENSE } }] }),
  Erf: unary({ more: [{ inputs: { x: DENSE } }] }),
  Sin: unary({}),
  Cos: unary({}),
  Tan: unary({ edges: EDGES.filter((x) => Math.abs(x) < 1e6 || !Number.isFinite(x)) }),
  Asin: unary({ integers: { low: -1, high: 1 }, range: { low: -1, high: 1 } }),
  Acos: unary({ integers: { low: -1, high: 1 }, range: { low: -1, high: 1 } }),
  Atan: unary({ integers: SMALL_INTEGERS }),
  Sinh: unary({ integers: WITHIN_INT32 }),
  Cosh: unary({}),
  Tanh: unary({}),
  Asinh: unary({ integers: SMALL_INTEGERS }),
  Acosh: unary({ integers: POSITIVE, range: { low: 1, high: 20 } }),
  Atanh: unary({ integers: { low: 0, high: 0 }, range: { low: -1, high: 1 } }),
  Relu: unary({ integers: SMALL_INTEGERS }),
  Relu6: unary({ integers: SMALL_INTEGERS, range: { low: -3, high: 9 } }),
  Elu: unary(),
  Selu: unary(),
  LeakyRelu: unary({ integers: SMALL_INTEGERS, attrs: { alpha: 0.3 } }),
  Step: unary({
    integers: SMALL_INTEGERS,
    attrs: { alpha: 0 },
    more: [-1, 0.5, 2].map((alpha) => ({ inputs: { x: vector(EDGES) }, attrs: { alpha } })),
  }),
  ClipByValue: unary({
    integers: SMALL_INTEGERS,
    attrs: { clipValueMin: -2, clipValueMax: 3 },
    more: [
      { inputs: { x: vector(EDGES) }, attrs: { clipValueMin: 0, clipValueMax: Number.POSITIVE_INFINITY } },
      { inputs: { x: vector([-5, -2, 0, 2, 5], "int32") }, attrs: { clipValueMin: -1.5, clipValueMax: 2.5 } },
    ],
  }),
  LogicalNot: { generated: [operands("bool").map((x) => ({ inputs: { x } }))] },
  EluGrad: {
    generated: [
      fc.tuple(operands("float32"), fc.integer()).map(
        ([y, seed]): Case => ({
          inputs: { dy: operand(y.shape, "float32", seed), y },
        }),
      ),
    ],
  },
  Prelu: {
    generated: [
      pairs("float32", { edges: EDGES }, {}).map(({ a, b }): Case => ({ inputs: { x: a, alpha: b } })),
      pairs("int32").map(({ a, b }): Case => ({ inputs: { x: a, alpha: b } })),
    ],
  },

  Add: binary({
    more: [{ inputs: { a: operand([0, 3], "float32", 1), b: operand([3], "float32", 1) } }, integerGrid(false)],
  }),
  Sub: binary({ more: [integerGrid(false)] }),
  Multiply: binary({ bools: true, more: [{ ...integerGrid(false), reference: wrappedProducts }] }),
  RealDiv: binary({ integers: false }),
  Maximum: binary({ more: [integerGrid(false)] }),
  Minimum: binary({ more: [integerGrid(false)] }),
  SquaredDifference: binary(),
  Atan2: binary({ edges: EDGES.filter((x) => !Object.is(x, -0)), integers: false }),
  BitwiseAnd: binary({ floats: false, more: [integerGrid(false)] }),
  FloorDiv: binary({
    edges: HALVES,
    other: DIVISORS,
    range: { low: -50, high: 50 },
    otherRange: { low: 1, high: 4 },
    more: [
      integerGrid(false),
      integerGrid(true),
      ...[1, 3, -3, -1, 0].map((value) => byConstant("int32", INT32_LIMITS, value)),
      byConstant("float32", HALVES, 2.5),
    ],
  }),
  Mod: binary({
    edges: MODERATE,
    other: DIVISORS,
    range: { low: -50, high: 50 },
    otherRange: { low: -4, high: -1 },
    more: [
      integerGrid(false),
      integerGrid(true),
      ...[1, 3, -3, -1, 0].map((value) => byConstant("int32", INT32_LIMITS, value)),
      byConstant("float32", MODERATE, 2.5),
    ],
  }),
  Pow: binary({
    edges: [0.5, 1.5, 2.5, 20, 100, 1e-30, 0, 1e30],
    other: [0, 1, 2, 3, 0.5, -1, -0.5, 1.5],
    range: { low: 0, high: 4 },
    integers: { low: 0, high: 5 },
    more: [
      { inputs: { a: vector([-2, -0.5, -1e-30, -100]), b: { ...vector([2, 3, -1, -3]), shape: [4, 1] } } },
      ...[0, 1, 2, 3, -1, 0.5, 1.5].map((value) => byConstant("float32", [0.5, 2, 30, 1e-20, 0], value)),
      ...[1, 2, 3].map((value) => byConstant("int32", [-7, 0, 3, 9], value)),
    ],
  }),
  Equal: binary({ bools: true, more: [integerGrid(false)] }),
  NotEqual: binary({ bools: true, more: [integerGrid(false)] }),
  Greater: binary({ bools: true, more: [integerGrid(false)] }),
  GreaterEqual: binary({ bools: true, more: [integerGrid(false)] }),
  Less: binary({ bools: true, more: [integerGrid(false)] }),
  LessEqual: binary({ bools: true, more: [integerGrid(false)] }),
  LogicalAnd: { generated: [pairs("bool").map((inputs) => ({ inputs }))] },
  LogicalOr: { generated: [pairs("bool").map((inputs) => ({ inputs }))] },
  LogicalXor: {
    generated: [
      pairs("bool").map(
        (inputs): Case => ({
          inputs,
          reference: ({ a, b }) => tf.logicalXor(a as tf.Tensor, b as tf.Tensor),
        }),
      ),
    ],
  },
  AddN: {
    generated: (["float32", "int32"] as const).map((dtype) =>
      fc.tuple(operands(dtype), fc.integer({ min: 1, max: 5 })).map(
        ([first, count]): Case => ({
          inputs: Array.from({ length: count }, (_, i) => operand(first.shape, dtype, i + 1)),
        }),
      ),
    ),
  },
  Select: {
    cases: [
      {
        inputs: {
          condition: { shape: [3], dtype: "bool", values: [1, 0, 1] },
          t: operand([3, 2, 2], "float32", 1),
          e: operand([3, 2, 2], "float32", 2),
        },
        reference: ({ condition, t, e }) =>
          tf.where(tf.reshape(condition as tf.Tensor, [3, 1, 1]), t as tf.Tensor, e as tf.Tensor),
      },
      {
        inputs: {
          condition: operand([4], "bool", 1),
          t: operand([4], "float32", 1, { edges: EDGES }),
          e: operand([4], "int32", 2),
        },
      },
    ],
    generated: (["float32", "int32", "bool"] as const).map((dtype) =>
      operands(dtype, { edges: EDGES }).map(
        (t): Case => ({
          inputs: {
            condition: operand(t.shape, "bool", t.values.length),
            t,
            e: operand(t.shape, dtype, 99, { edges: EDGES }),
          },
          // The cpu backend repeats one element per row if the condition has rank 1.
          reference: ({ condition, t: yes, e: no }) =>
            tf.where(condition as tf.Tensor, yes as tf.Tensor, no as tf.Tensor),
        }),
      ),
    ),
  },
};
