import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { isGpu } from "../provider.js";
import { jit } from "../single-thread.js";

/**
 * Integers at the ends of int32, beyond the precision of float32, and with results that are not finite: as in tfjs, bit
 * for bit.
 */

const MAX = 2 ** 31 - 1;
const MIN = -(2 ** 31);
const int = (values: number[]) => tf.tensor1d(values, "int32");
const range = int([0, 1, -1, 2, -2, 3, 19, 20, 21, 22, 30, 88, 100, 709, 710, 711, -30, 16_777_217, MAX, MIN]);

type Op = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
const one = (name: string, op: (x: tf.Tensor) => tf.Tensor, values = range): [string, Op, tf.Tensor, tf.Tensor] => [
  name,
  (a) => op(a),
  values,
  int([0]),
];

const cases: [string, Op, tf.Tensor, tf.Tensor][] = [
  [
    "pow",
    tf.pow,
    int([3, 7, 0, 10, -3, 2, -2, 1, 5, 0, -7, 2, 0]),
    int([31, 12, -1, 10, 31, 31, 31, -1, -1, 0, 3, 32, 5]),
  ],
  one("pow by a constant", (x) => tf.pow(x, tf.scalar(-1, "int32"))),
  one("sum", tf.sum, int([MAX, 1, 5])),
  one("prod", tf.prod, int([65_536, 65_537])),
  one("reciprocal", tf.reciprocal),
  one("expm1", tf.expm1),
  one("sinh", tf.sinh),
  one("softplus", tf.softplus, int([MAX, MAX - 1, 2_147_483_000, 16_777_217, 25, 20, 3, 0, -5, MIN])),
  one("acos", tf.acos),
  one("asin", tf.asin),
  one("atan", tf.atan),
  one("acosh", tf.acosh),
  one("asinh", tf.asinh),
  one("atanh", tf.atanh),
  one("log1p", tf.log1p),
  ...[
    [1.5, 16_777_217.5],
    [-1.5, 2.5],
    [-2.5, -1.5],
    [Number.NEGATIVE_INFINITY, 3],
    [-3, 1e20],
  ].map(([low, high]) => one(`clipByValue ${low} ... ${high}`, (x) => tf.clipByValue(x, low!, high!))),
];

// No GPU wraps around.
test.skipIf(isGpu).each(cases)("%s", async (_, op, a, b) => {
  const expected = op(a, b);
  for (const executor of ["node", "web"] as const) {
    const actual = await jit(op, { executor })(a, b);
    expect(actual.dtype).toBe(expected.dtype);
    expect([...actual.dataSync()]).toEqual([...expected.dataSync()]);
  }
});

test.skipIf(isGpu)("means of large integers, which tfjs rounds to float32 before it adds them", async () => {
  const mean = jit((x: tf.Tensor) => tf.mean(x, 0));
  // (2^31 - 1 - 2^31 + 100 + 2) / 4 and 16,777,217 + 2, by hand.
  expect([...(await mean(int([MAX, MIN, 100, 2]))).dataSync()]).toEqual([25.25]);
  expect([...(await mean(int([16_777_217, 16_777_219, 16_777_224]))).dataSync()]).toEqual([16_777_220]);
  expect([...(await mean(tf.reshape(int([MAX, 7, MIN, 8]), [2, 2]))).dataSync()]).toEqual([-0.5, 7.5]);
});

test.skipIf(isGpu)("float32 mod with huge, infinite and undefined operands", async () => {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  const a = tf.tensor1d([5, -5, 5, -5, 0, 1e30, 7, -7, 1e-30, 5, nan, inf, 5, -7, 7]);
  const b = tf.tensor1d([inf, inf, -inf, -inf, inf, 3, 1e30, 1e30, -1e30, 0, 1, 2, nan, 3, -3]);
  expect([...(await jit(tf.mod)(a, b)).dataSync()].map((x) => x + 0)).toEqual(
    [...tf.mod(a, b).dataSync()].map((x) => x + 0),
  );
  const byHuge = jit((x: tf.Tensor) => tf.mod(x, 1e30));
  expect((await byHuge(tf.tensor1d([-7, 7]))).dataSync()).toEqual(tf.mod(tf.tensor1d([-7, 7]), 1e30).dataSync());
});

test.skipIf(isGpu)("with fastMath max and min are NaN only if the first element is", async () => {
  for (const [op, expected] of [
    [tf.max, 3],
    [tf.min, 1],
  ] as const) {
    const fast = jit((x: tf.Tensor) => op(x), { fastMath: true });
    expect((await fast(tf.tensor1d([1, Number.NaN, 3]))).dataSync()[0]).toBe(expected);
    expect((await fast(tf.tensor1d([Number.NaN, 1, 3]))).dataSync()[0]).toBeNaN();
  }
});
