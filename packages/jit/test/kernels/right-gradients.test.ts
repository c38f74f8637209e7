import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { isGpu } from "../provider.js";
import { jit } from "../single-thread.js";
import { float } from "./cases/operations.js";

/** Ops whose gradient is wrong in tfjs, or replaced by a smaller graph: the compiled gradient agrees with finite differences of tfjs' forward pass. */

type Op = (x: tf.Tensor) => tf.Tensor;

const image = [1, 8, 8, 2];
const filter = float([3, 3, 2, 2], 5) as tf.Tensor4D;
const volume = [1, 4, 4, 4, 1];
const indices = (values: number[]) => tf.tensor1d(values, "int32");
const roundings = ["floor", "round", "ceil"] as const;

const weights = (y: tf.Tensor) => tf.reshape(tf.range(1, y.size + 1), y.shape);

/** The slope of sum(weights * op) along each element. The ops are linear there, so the step may be large. */
function differences(op: Op, x: tf.Tensor, step: number): number[] {
  const data = x.dataSync();
  const at = (i: number, change: number) => {
    const moved = data.slice();
    moved[i]! += change;
    const y = op(tf.tensor(moved, x.shape));
    const factors = weights(y).dataSync();
    return Array.from(y.dataSync()).reduce((sum, value, k) => sum + value * factors[k]!, 0);
  };
  return Array.from(data, (_, i) => tf.tidy(() => (at(i, step) - at(i, -step)) / (2 * step)));
}

const cases: [string, number[], Op, step?: number][] = [
  [
    "mirrorPad, reflect",
    [3, 4],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [2, 0],
        ],
        "reflect",
      ),
  ],
  [
    "mirrorPad, symmetric",
    [3, 4],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [3, 1],
          [0, 2],
        ],
        "symmetric",
      ),
  ],
  [
    "mirrorPad of rank 4",
    [1, 3, 3, 1],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [2, 2],
          [0, 0],
        ],
        "reflect",
      ),
  ],
  ["cumsum along the first axis of a square", [3, 3], (x) => tf.cumsum(x, 0)],
  ["cumsum along the first axis", [3, 4], (x) => tf.cumsum(x, 0, true, true)],
  ["cumsum along the middle axis", [2, 3, 2], (x) => tf.cumsum(x, 1, false, true)],
  ["tile", [2, 3], (x) => tf.tile(x, [3, 2])],
  ["tile of axes of length 1, as layer normalization does", [1, 1, 3], (x) => tf.tile(x, [2, 4, 1])],
  ["tile of a last axis of length 1", [2, 2, 1], (x) => tf.tile(x, [1, 1, 5])],
  ["tile that repeats nothing", [2, 1], (x) => tf.tile(x, [1, 1])],
  ["tile of 5 axes", [2, 1, 2, 1, 2], (x) => tf.tile(x, [1, 3, 2, 2, 1])],
  ["gather", [4, 3], (x) => tf.gather(x, indices([2, 0, 2]))],
  ["gather along an axis by a matrix", [2, 3, 2], (x) => tf.gather(x, tf.reshape(indices([2, 0, 2, 1]), [2, 2]), -2)],
  ["gather of batches", [2, 3, 2], (x) => tf.gather(x, tf.reshape(indices([2, 0, 2, 1]), [2, 2]), 1, 1)],
  ["gather of batches along a later axis", [2, 2, 3], (x) => tf.gather(x, tf.reshape(indices([2, 0]), [2, 1]), 2, 1)],
  [
    "gather with two batch axes",
    [2, 2, 3],
    (x) => tf.gather(x, tf.reshape(indices([2, 0, 1, 1, 0, 0, 2, 2]), [2, 2, 2]), 2, 2),
  ],
  ["avgPool, same", image, (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, "same")],
  ["avgPool, same, stride 1", image, (x) => tf.avgPool(x as tf.Tensor4D, [2, 3], 1, "same")],
  ["avgPool3d, same", volume, (x) => tf.avgPool3d(x as tf.Tensor5D, 3, 2, "same")],
  ["pool, dilated", image, (x) => tf.pool(x as tf.Tensor4D, 3, "avg", "same", [2, 2])],
  ...roundings.flatMap((mode): [string, number[], Op, number?][] => [
    [`avgPool, ${mode}`, image, (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 0, mode)],
    [`maxPool, ${mode}`, image, (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 0, mode), 1e-3],
    [`conv2d, ${mode}`, image, (x) => tf.conv2d(x as tf.Tensor4D, filter, 2, 0, "NHWC", 1, mode)],
    [
      `conv2d's filter, ${mode}`,
      filter.shape,
      (w) => tf.conv2d(float(image, 9) as tf.Tensor4D, w as tf.Tensor4D, 2, 0, "NHWC", 1, mode),
    ],
    [`depthwiseConv2d, ${mode}`, image, (x) => tf.depthwiseConv2d(x as tf.Tensor4D, filter, 2, 0, "NHWC", 1, mode)],
    [`avgPool3d, ${mode}`, volume, (x) => tf.avgPool3d(x as tf.Tensor5D, 3, 2, 0, mode)],
  ]),
];

test.each(cases)("%s", async (_, shape, op, step = 1) => {
  const x = float(shape, 7);
  const compiled = jit((at: tf.Tensor) => tf.grad((v: tf.Tensor) => tf.sum(tf.mul(op(v), weights(op(v)))))(at));
  const actual = await (await compiled(x)).data();
  const expected = differences(op, x, step);
  const scale = Math.max(...expected.map(Math.abs));
  const tolerance = (isGpu ? 1e-3 : step < 1 ? 5e-3 : 1e-4) * scale;
  for (const [i, slope] of expected.entries()) {
    expect(Math.abs(actual[i]! - slope), `element ${i}`).toBeLessThan(tolerance);
  }
  await compiled.dispose();
});

test.each<[string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor]>([
  ["a constant exponent", (x) => tf.pow(x, tf.tensor1d([0, 0, 0, 1, 2, 3]))],
  ["an exponent that is an input", (x, y) => tf.pow(x, y)],
])("the derivative of x^0 is 0 everywhere: %s", async (_, power) => {
  const compiled = jit((x: tf.Tensor, y: tf.Tensor) => tf.grad((v: tf.Tensor) => tf.sum(power(v, y)))(x));
  const slopes = await compiled(tf.tensor1d([0, -2, 3, 0, 0, 2]), tf.tensor1d([0, 0, 0, 1, 2, 3]));
  expect([...slopes.dataSync()]).toEqual([0, 0, 0, 1, 0, 12]);
});

test("a scalar exponent's gradient is summed over what it was broadcast to", async () => {
  // d/dy sum(x^y) = sum(x^y log x) and d/dx = y x^(y-1), at y = 2.
  const compiled = jit((x: tf.Tensor, y: tf.Tensor) => tf.grads((p, q) => tf.sum(tf.pow(p!, q!)))([x, y]));
  const [dx, dy] = await compiled(tf.tensor1d([1, 2, 4]), tf.scalar(2));
  expect([...dx!.dataSync()]).toEqual([2, 4, 8]);
  expect(dy!.dataSync()[0]).toBeCloseTo(4 * Math.log(2) + 16 * Math.log(4), 4);
});

test("the graph of a tile's gradient does not grow with the repetitions", async () => {
  const nodesOf = async (repetitions: number) => {
    const compiled = jit((x: tf.Tensor) =>
      tf.grad((v: tf.Tensor) => tf.sum(tf.square(tf.tile(v, [repetitions, 1]))))(x),
    );
    (await compiled(tf.ones([1, 3]))).dispose();
    return /(\d+) nodes as traced/.exec(compiled.summary())?.[1];
  };
  expect(await nodesOf(50)).toBe(await nodesOf(2));
});

test("eager gradients remain those of tfjs", async () => {
  const slope = () =>
    tf
      .grad((x: tf.Tensor) => tf.sum(tf.pow(x, 0)))(tf.scalar(0))
      .dataSync()[0];
  expect(slope()).toBeNaN();
  await jit((x: tf.Tensor) => tf.add(x, 1))(tf.scalar(1));
  expect(slope()).toBeNaN();
  expect(tf.getGradient("Pow")).toBeDefined();
});
