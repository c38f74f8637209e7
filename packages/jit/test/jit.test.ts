import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "./single-thread.js";

test("gives what the function gives, call after call", async () => {
  const fn = (x: tf.Tensor, y: tf.Tensor) => tf.add(tf.mul(x, 2), y);
  const compiled = jit(fn);
  for (const i of [1, 2, 3]) {
    const x = tf.tensor1d([i, i + 1]);
    const y = tf.scalar(i);
    const result = await compiled(x, y);
    expect(await result.data()).toEqual(await fn(x, y).data());
  }
  await compiled.dispose();
});

test("variables are state", async () => {
  const v = tf.variable(tf.tensor1d([1, 2, 3]));
  const step = jit((x: tf.Tensor) => {
    v.assign(tf.add(v, x));
    return tf.sum(v);
  });
  expect((await step(tf.scalar(1))).dataSync()[0]).toBe(9);
  expect([...v.dataSync()]).toEqual([2, 3, 4]);
  expect((await step(tf.scalar(1))).dataSync()[0]).toBe(12);
  // An eager op moves the numbers to its own backend.
  expect([...tf.mul(v, 2).dataSync()]).toEqual([6, 8, 10]);
  v.assign(tf.tensor1d([0, 0, 1]));
  expect((await step(tf.scalar(1))).dataSync()[0]).toBe(4);
  expect([...v.dataSync()]).toEqual([1, 1, 2]);
  console.log(step.summary());
  await step.dispose();
  expect([...v.dataSync()]).toEqual([1, 1, 2]);
});
