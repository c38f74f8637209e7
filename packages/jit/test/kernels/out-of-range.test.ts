import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { UnsupportedKernelError } from "../../src/errors.js";
import { isGpu } from "../provider.js";
import { jit } from "../single-thread.js";

/**
 * Indices and shapes that tfjs rejects or treats specially. They must neither reach the runtime nor be accepted
 * silently.
 */

const ints = (values: number[], shape?: number[]) => tf.tensor(values, shape ?? [values.length], "int32");

const indexed: [string, (indices: tf.Tensor) => tf.Tensor, good: tf.Tensor, bad: tf.Tensor][] = [
  ["gather", (i) => tf.gather(tf.tensor1d([1, 2, 3]), i as tf.Tensor1D), ints([2]), ints([-1])],
  ["gather along an axis", (i) => tf.gather(tf.ones([2, 3]), i as tf.Tensor1D, 1), ints([0, 2]), ints([0, -3])],
  [
    "gather of batches",
    (i) => tf.gather(tf.ones([2, 3]), i as tf.Tensor2D, 1, 1),
    ints([0, 2], [2, 1]),
    ints([0, -1], [2, 1]),
  ],
  [
    "the gradient alone of a gather",
    (i) => tf.grad((v: tf.Tensor) => tf.sum(tf.gather(v, i as tf.Tensor1D)))(tf.ones([3])),
    ints([2]),
    ints([-1]),
  ],
  ["gatherND", (i) => tf.gatherND(tf.ones([2, 3]), i), ints([1, 2], [1, 2]), ints([-1, 0], [1, 2])],
  ["scatterND", (i) => tf.scatterND(i, tf.tensor1d([5]), [4]), ints([3], [1, 1]), ints([-1], [1, 1])],
  ["scatterND of a vector", (i) => tf.scatterND(i, tf.tensor1d([5]), [4]), ints([3]), ints([-1])],
  [
    "tensorScatterUpdate",
    (i) => tf.tensorScatterUpdate(tf.ones([4]), i, tf.tensor1d([5])),
    ints([3], [1, 1]),
    ints([-4], [1, 1]),
  ],
  ["sparseToDense", (i) => tf.sparseToDense(i, tf.tensor1d([5]), [4], 0), ints([3]), ints([-1])],
];

test.skipIf(isGpu).each(indexed)(
  "%s of a negative index is an error, as an input and as a constant",
  async (_, op, good, bad) => {
    expect(() => op(bad)).toThrow();
    const compiled = jit(op);
    expect([...(await compiled(good)).dataSync()]).toEqual([...op(good).dataSync()]);
    await expect(compiled(bad)).rejects.toThrow(/ind(ex|ice)/);
    const constant = jit(() => op(bad));
    await expect(constant()).rejects.toThrow(/the index -\d is not in \[0, \d\]/);
    await expect(constant()).rejects.toBeInstanceOf(UnsupportedKernelError);
  },
);

test.each(["bilinear", "nearest"] as const)("%s crops of images that don't exist are those of tfjs", async (method) => {
  const images = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]);
  const boxes = tf.tensor2d([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 2, 1], [4, 4]);
  const crop = (i: tf.Tensor) => tf.image.cropAndResize(images, boxes, i as tf.Tensor1D, [2, 2], method, 9);
  const indices = ints([1, -1, 2, -2]);
  // The last box ends outside of its image, where tfjs does not read.
  const expected = [5, 6, 7, 8, ...new Array(4).fill(Number.NaN), 0, 0, 0, 0, Number.NaN, Number.NaN, 9, 9];
  expect([...crop(indices).dataSync()]).toEqual(expected);
  expect([...(await jit(crop)(indices)).dataSync()]).toEqual(expected);
});

test("the gradient of a gather fails like the gather", async () => {
  const slope = jit((x: tf.Tensor) => tf.grad((v) => tf.sum(tf.gather(v, ints([-1]) as tf.Tensor1D)))(x));
  await expect(slope(tf.tensor1d([1, 2, 3]))).rejects.toThrow(/the index -1 is not in \[0, 2\]/);
});

test.skipIf(isGpu)("the gradient alone of a gather of batches keeps to each batch", async () => {
  const slope = (i: tf.Tensor) =>
    tf.grad((v: tf.Tensor) => tf.sum(tf.gather(v, i as tf.Tensor2D, 1, 1)))(tf.ones([2, 3]));
  const compiled = jit(slope);
  expect([...(await compiled(ints([0, 2], [2, 1]))).dataSync()]).toEqual([1, 0, 0, 0, 0, 1]);
  // Counted through both batches, the position of the first would lie in the second, and the other way round.
  for (const bad of [ints([0, -1], [2, 1]), ints([3, 0], [2, 1])]) {
    await expect(compiled(bad)).rejects.toThrow(/ind(ex|ice)/);
  }
});

const counted: [string, (x: tf.Tensor) => tf.Tensor, good: tf.Tensor, bad: tf.Tensor][] = [
  ["bincount", (x) => tf.bincount(x as tf.Tensor1D, tf.tensor1d([]), 3), ints([0, 2, 2]), ints([0, -1, 2])],
  [
    "denseBincount",
    (x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 3, true),
    ints([0, 2, 2, 1], [2, 2]),
    ints([0, 1, 2, -3], [2, 2]),
  ],
];

test.skipIf(isGpu).each(counted)("%s of a negative number is an error, as in tfjs", async (_, op, good, bad) => {
  expect(() => op(bad)).toThrow("Input x must be non-negative");
  const compiled = jit(op);
  expect([...(await compiled(good)).dataSync()]).toEqual([...op(good).dataSync()]);
  await expect(compiled(bad)).rejects.toThrow(/ind(ex|ice)/);
  await expect(jit(() => op(bad))()).rejects.toThrow(/the values must not be negative, got -\d/);
});

const misfits: [string, (x: tf.Tensor) => unknown, tf.Tensor, RegExp][] = [
  [
    "conv2dTranspose from 8 to 4 pixels",
    (x) => tf.conv2dTranspose(x as tf.Tensor4D, tf.ones([3, 3, 16, 1]), [1, 4, 4, 16], 1, "same"),
    tf.ones([1, 8, 8, 1]),
    /the size \[8,8\] does not fit: windows over \[4,4\] make \[4,4\]/,
  ],
  [
    "conv2dTranspose to a size of no window",
    (x) => tf.conv2dTranspose(x as tf.Tensor4D, tf.ones([3, 3, 2, 1]), [1, 12, 12, 2], 2, "valid"),
    tf.ones([1, 4, 4, 1]),
    /the size \[4,4\] does not fit: windows over \[12,12\] make \[5,5\]/,
  ],
  ["expandDims beyond the rank", (x) => tf.expandDims(x, -3), tf.ones([3]), /the axis must be in \[-2, 1\], got -3/],
  [
    "updates of another shape",
    (x) => tf.engine().runKernel("ScatterNd", { indices: ints([0], [1, 1]), updates: x }, { shape: [3] }),
    tf.ones([2]),
    /the updates must have the shape \[1\], got \[2\]/,
  ],
  [
    "raggedGather",
    (x) => tf.raggedGather([ints([0, 1, 3])], x, ints([1]), 1).outputDenseValues,
    tf.ones([3]),
    /RaggedGather cannot be compiled: the result's shape depends on values/,
  ],
];

test.each(misfits)("%s is rejected during the trace, so that the fallback applies", async (_, op, x, message) => {
  await expect(jit(op)(x)).rejects.toThrow(message);
  await expect(jit(op)(x)).rejects.toBeInstanceOf(UnsupportedKernelError);
});

test("raggedGather runs with the fallback", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const gather = jit((x: tf.Tensor) => tf.raggedGather([ints([0, 1, 3])], x, ints([1]), 1).outputDenseValues, {
    fallback: "eager",
  });
  expect([...(await gather(tf.tensor1d([1, 2, 3]))).dataSync()]).toEqual([2, 3]);
});
