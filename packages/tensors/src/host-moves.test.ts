import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onForeignBackend } from "../test/foreign-backend.js";
import { broadcastTensor } from "./broadcast.js";
import { concatLast, sliceLast } from "./last-axis.js";
import { logSoftmaxLast, softmaxLast } from "./softmax.js";

/** The value of a function of tensors, the gradients of a sum of its squares, and the gradients of those. */
function derivatives(f: (...inputs: tf.Tensor[]) => tf.Tensor, shapes: number[][]): number[][] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, index) => waves(shape, index + 1));
    const loss = (...each: tf.Tensor[]) => tf.sum(tf.mul(tf.square(f(...each)), waves(f(...each).shape, 7)));
    const gradients = tf.grads(loss as never)(inputs);
    const ofGradients = tf.grads(((...each: tf.Tensor[]) =>
      tf.addN(
        tf
          .grads(loss as never)(each)
          .map((gradient) => tf.sum(tf.square(gradient))),
      )) as never)(inputs);
    return [f(...inputs), ...gradients, ...ofGradients].map((each) => [...each.shape, ...each.dataSync()]);
  });
}

function waves(shape: readonly number[], frequency: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.reshape(tf.sin(tf.mul(frequency, tf.range(1, size + 1))), shape.slice());
}

/** The same on the backend whose numbers a loop moves, and on one whose kernels move them. */
function expectSame(f: (...inputs: tf.Tensor[]) => tf.Tensor, shapes: number[][]): void {
  const [ours, theirs] = [derivatives(f, shapes), onForeignBackend(() => derivatives(f, shapes))];
  expect(ours.length).toBe(theirs.length);
  for (const [k, numbers] of ours.entries()) {
    expect(numbers.length).toBe(theirs[k]?.length);
    for (const [index, value] of numbers.entries()) {
      const other = theirs[k]?.[index] as number;
      expect(Math.abs(value - other)).toBeLessThan(1e-4 + 1e-5 * Math.abs(other));
    }
  }
}

const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });

describe("numbers that a loop moves are those that tfjs moves, with their gradients", () => {
  test("broadcasts", () => {
    fc.assert(
      // The gradient of tfjs' own kernel is missing beyond four axes.
      fc.property(
        shape,
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        fc.array(fc.constant(2), { maxLength: 1 }),
        (to, isOne, before) => {
          const from = to.map((size, axis) => (isOne[axis] ? 1 : size));
          expectSame((x) => broadcastTensor(x as tf.Tensor, [...before, ...to]), [from]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("slices of the last axis", () => {
    fc.assert(
      fc.property(shape, fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.nat(3), (batch, start, count, rest) => {
        expectSame((x) => sliceLast(x as tf.Tensor, start, count), [[...batch, start + count + rest]]);
      }),
      { numRuns: 30 },
    );
  });

  test("tensors side by side", () => {
    fc.assert(
      fc.property(shape, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), (batch, sizes) => {
        expectSame(
          (...each) => concatLast(each),
          sizes.map((size) => [...batch, size]),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("other dtypes and tensors without elements stay with tfjs", () => {
    expect(sliceLast(tf.tensor2d([[1, 2, 3]], [1, 3], "int32"), 1, 2).dtype).toBe("int32");
    expect(concatLast([tf.zeros([0, 2]), tf.zeros([0, 3])]).shape).toEqual([0, 5]);
    expect(broadcastTensor(tf.tensor1d([true, false], "bool"), [3, 2]).dtype).toBe("bool");
    expect(sliceLast(tf.zeros([2, 3]), 3, 0).shape).toEqual([2, 0]);
  });
});

describe("softmax is that of tfjs, with its gradients", () => {
  test.each([[[5]], [[2, 3]], [[2, 1]], [[2, 2, 4]]])("%j", (shape) => {
    const x = waves(shape, 4);
    for (const [ours, theirs] of [
      [softmaxLast, tf.softmax],
      [logSoftmaxLast, tf.logSoftmax],
    ] as const) {
      for (const f of [ours, tf.grad((x) => tf.sum(tf.mul(waves(shape, 7), ours(x))))]) {
        const expected = (
          f === ours ? theirs(x) : tf.grad((x) => tf.sum(tf.mul(waves(shape, 7), theirs(x))))(x)
        ) as tf.Tensor;
        const other = expected.dataSync();
        for (const [index, value] of f(x).dataSync().entries()) expect(value).toBeCloseTo(other[index] as number, 5);
      }
    }
  });

  test("excluded and very large numbers", () => {
    const x = tf.tensor2d([
      [Number.NEGATIVE_INFINITY, 0, 1],
      [3e38, 0, -3e38],
      [Number.NaN, 0, 0],
    ]);
    for (const [ours, theirs] of [
      [softmaxLast(x), tf.softmax(x)],
      [logSoftmaxLast(x), tf.logSoftmax(x)],
    ] as const) {
      const expected = theirs.dataSync();
      for (const [index, value] of ours.dataSync().entries()) {
        if (Number.isFinite(expected[index])) expect(value).toBeCloseTo(expected[index] as number, 6);
        else expect(value).toBe(expected[index]);
      }
    }
  });
});
