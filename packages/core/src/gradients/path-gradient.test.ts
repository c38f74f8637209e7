import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { alongPath, stopGradient } from "./path-gradient.js";

test("alongPath keeps the gradient through x and drops the one through what f captures", () => {
  const x = tf.tensor2d([
    [0.5, -1],
    [2, 3],
  ]);
  const a = tf.tensor1d([2, 5]);
  const f = (x: tf.Tensor, a: tf.Tensor) =>
    // An inner tidy: what f captures is gone when the backward pass comes.
    tf.tidy(() => {
      const captured = tf.mul(a, 1);
      return tf.sum(
        tf.mul(
          [1, 10],
          alongPath(x, (x) => tf.sum(tf.mul(captured, tf.square(x)), 1)),
        ),
      );
    });
  // tfjs refuses a gradient with no path at all, hence the sum of a.
  const [dx, da] = tf.grads((x: tf.Tensor, a: tf.Tensor) => tf.add(f(x, a), tf.sum(a)))([x, a]) as [
    tf.Tensor,
    tf.Tensor,
  ];
  expect(dx).toBeAllClose([2, -10, 80, 300]);
  expect(da).toBeAllClose([1, 1]);
  expect(f(x, a)).toBeAllClose([2 * 0.25 + 5 + 10 * (8 + 45)]);
});

test("alongPath lets the gradient run on through what made x", () => {
  const loc = tf.tensor1d([0.3]);
  const grad = tf.grad((loc) => {
    const z = tf.add(loc, [1, 2, 3]);
    return tf.sum(alongPath(z, (z) => tf.square(tf.sub(z, loc))));
  })(loc);
  expect(grad).toBeAllClose([2 * (1 + 2 + 3)]);
});

test("stopGradient returns the value and no gradient", () => {
  const x = tf.tensor1d([1, 2]);
  expect(stopGradient(x)).toBeAllClose([1, 2]);
  expect(tf.grad((x) => tf.sum(tf.mul(x, stopGradient(x))))(x)).toBeAllClose([1, 2]);
});
