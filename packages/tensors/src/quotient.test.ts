import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { quotient } from "./quotient.js";

test.each([
  [3, 1],
  [3e20, 1e20],
  [-2e30, 1e25],
  [3e-25, 1e-20],
])("%d / %d and both slopes are those of float64", (a, b) => {
  const [numerator, denominator] = [tf.scalar(a), tf.scalar(b)];
  expect(quotient(numerator, denominator).dataSync()[0]! / (a / b)).toBeCloseTo(1, 5);
  const [ofA, ofB] = tf.grads((x, y) => quotient(x, y))([numerator, denominator]);
  expect(ofA!.dataSync()[0]! / (1 / b)).toBeCloseTo(1, 5);
  expect(ofB!.dataSync()[0]! / (-a / b / b)).toBeCloseTo(1, 5);
});

test("shapes broadcast, and slopes have the shapes of the arguments", () => {
  const [a, b] = [tf.tensor2d([[1], [2]]), tf.tensor1d([1, 2, 4])];
  expect(Array.from(quotient(a, b).dataSync())).toEqual([1, 0.5, 0.25, 2, 1, 0.5]);
  const [ofA, ofB] = tf.grads((x, y) => quotient(x, y))([a, b]);
  expect(ofA!.shape).toEqual([2, 1]);
  expect(Array.from(ofA!.dataSync())).toEqual([1.75, 1.75]);
  expect(Array.from(ofB!.dataSync())).toEqual([-3, -0.75, -0.1875]);
});
