import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { broadcastTensor, toOneShape } from "./broadcast.js";
import { customGradient } from "./custom-gradient.js";
import { constant, detached } from "./detached.js";
import { toFloat32 } from "./numeric-input.js";
import { broadcastShapes, checkShape, sizeOfShape, splitShape, tryBroadcastShapes } from "./shape.js";
import { isZero, signOf } from "./sign.js";
import { rangeError, simplexError } from "./value-check.js";
import { withGradient } from "./with-gradient.js";

describe("shapes", () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });

  test("broadcast as tfjs broadcasts", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const ofTfjs = () => tf.tidy(() => tf.add(tf.zeros(a), tf.zeros(b)).shape);
        const expected = tryBroadcastShapes(a, b);
        if (expected === undefined) {
          expect(ofTfjs).toThrow();
          expect(() => broadcastShapes("f", { a, b })).toThrow(
            new RangeError(`f: shapes must broadcast against each other, got a [${a}], b [${b}]`),
          );
        } else {
          expect(ofTfjs()).toEqual(expected);
          expect(broadcastShapes("f", { a, b })).toEqual(expected);
        }
      }),
    );
  });

  test("three shapes: a size of 1 gives way to any", () => {
    expect(broadcastShapes("f", { a: [2, 1], b: [1], c: [1, 3] })).toEqual([2, 3]);
    expect(broadcastShapes("f", { a: [0], b: [1] })).toEqual([0]);
    expect(() => broadcastShapes("f", { a: [2], b: [1], c: [3] })).toThrow("got a [2], b [1], c [3]");
  });

  test("in two, and by size", () => {
    expect(splitShape([2, 3, 4], 1)).toEqual({ batch: [2, 3], event: [4] });
    expect(splitShape([2], 0)).toEqual({ batch: [2], event: [] });
    expect(sizeOfShape([2, 3, 4])).toBe(24);
    expect(sizeOfShape([])).toBe(1);
    expect(() => checkShape("f", "shape", [2, -1])).toThrow(
      new RangeError("f: shape must hold whole numbers >= 0, got [2,-1]"),
    );
    expect(() => checkShape("f", "shape", 2 as never)).toThrow(
      new TypeError("f: shape must be an array of sizes, got 2"),
    );
  });

  test("tensors of no elements broadcast, too", () => {
    expect(broadcastTensor(tf.zeros([1, 3]), [0, 3]).shape).toEqual([0, 3]);
    expect(broadcastTensor(tf.zeros([3]), [2, 3]).shape).toEqual([2, 3]);
    expect(toOneShape(tf.zeros([2, 1]), tf.zeros([3])).map((x) => x.shape)).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });
});

describe("gradients", () => {
  test("the written-out one replaces that of the value", () => {
    const f = (x: tf.Tensor) =>
      customGradient(
        [x],
        (each) => ({ value: tf.square(each), saved: [each] }),
        (dy, each) => [tf.mul(dy, tf.mul(10, each as tf.Tensor))],
      );
    const { value, grad } = tf.valueAndGrad(f)(tf.tensor1d([1, 2]), tf.tensor1d([1, 3]));
    expect(Array.from(value.dataSync())).toEqual([1, 4]);
    expect(Array.from(grad.dataSync())).toEqual([10, 60]);
  });

  test("inputs of several shapes get gradients of their own shapes", () => {
    const product = (a: tf.Tensor, b: tf.Tensor) =>
      withGradient(
        (x, y) => tf.mul(x as tf.Tensor, y as tf.Tensor),
        (dy, x, y) => [tf.mul(dy, y as tf.Tensor), tf.mul(dy, x as tf.Tensor)],
        a,
        b,
      );
    const [ofA, ofB] = tf.grads(product)([tf.tensor2d([[2], [3]]), tf.tensor1d([5, 7])]);
    expect((ofA as tf.Tensor).arraySync()).toEqual([[12], [12]]);
    expect((ofB as tf.Tensor).arraySync()).toEqual([5, 5]);
  });

  test("none passes what is detached, and kernels without one may run there", () => {
    const f = (x: tf.Tensor) =>
      tf.add(
        tf.mul(2, x),
        tf.add(
          detached((each) => tf.round(each as tf.Tensor), x),
          constant(tf.square(x)),
        ),
      );
    expect(
      Array.from(
        tf
          .grad(f)(tf.tensor1d([0.4, 1.6]))
          .dataSync(),
      ),
    ).toEqual([2, 2]);
    expect(f(tf.scalar(1.5)).dataSync()[0]).toBeCloseTo(7.25, 5);
  });

  test("signs and zeros of the smallest numbers", () => {
    const x = tf.tensor1d([-1e-30, -0, 0, 1e-30, 3]);
    expect(Array.from(tf.add(signOf(x), 0).dataSync())).toEqual([-1, 0, 0, 1, 1]);
    expect(Array.from(isZero(x).dataSync())).toEqual([0, 1, 1, 0, 0]);
    expect(
      Array.from(
        tf
          .grad((y) => tf.add(signOf(y), isZero(y)))(x)
          .dataSync(),
      ),
    ).toEqual([0, 0, 0, 0, 0]);
  });
});

test("inputs become float32 tensors; a float32 tensor stays itself", () => {
  const x = tf.scalar(1);
  expect(toFloat32("f: x", x)).toBe(x);
  expect(toFloat32("f: x", tf.scalar(true)).dtype).toBe("float32");
  expect(toFloat32("f: x", [[1, 2]]).shape).toEqual([1, 2]);
  expect(() => toFloat32("f: x", tf.complex(1, 2))).toThrow(
    new TypeError("f: x must be a real tensor, got dtype complex64"),
  );
  expect(() => toFloat32("f: x", { a: 1 } as never)).toThrow(TypeError);
});

test("data of tensors: the first value outside, the first row off the simplex", () => {
  expect(rangeError(tf.tensor1d([1, -2]), "numbers >= 0", (value) => value >= 0)).toBe(
    "numbers >= 0, got -2 at index 1",
  );
  expect(rangeError(tf.tensor1d([1, 2]), "numbers >= 0", (value) => value >= 0)).toBeUndefined();
  expect(
    simplexError(
      tf.tensor2d([
        [0.5, 0.5],
        [0.25, 0.5],
      ]),
    ),
  ).toContain("got a sum of 0.75 in row 1");
  expect(simplexError(tf.tensor1d([1.5, -0.5]))).toContain("coordinates >= 0, got -0.5");
  expect(simplexError(tf.softmax(tf.tensor1d([1, 2, 3])))).toBeUndefined();
});
