import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { jit } from "./single-thread.js";

test('fallback: "eager" runs the function op by op, with one warning', async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const v = tf.variable(tf.scalar(1));
  const fn = (x: tf.Tensor) => {
    v.assign(tf.add(v, 1));
    return { y: tf.mul(x, tf.square(x).dataSync()[0]!), v };
  };
  const compiled = jit(fn, { fallback: "eager" });
  const x = tf.tensor1d([2, 3]);
  for (const expected of [2, 3, 4]) {
    const result = await compiled(x);
    expect([...result.y.dataSync()]).toEqual([8, 12]);
    expect(result.v.dataSync()[0]).toBe(expected);
  }
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]![0]).toMatch(/reads the value.*\n.*\njit: running the function op by op/s);
  expect(compiled.summary()).toMatch(/op by op/);

  const stacked = jit(fn, { fallback: "eager", stepsPerCall: 2 });
  const results = await stacked(
    tf.tensor2d([
      [2, 3],
      [1, 1],
    ]),
  );
  expect(results.y.arraySync()).toEqual([
    [8, 12],
    [1, 1],
  ]);
  expect([...results.v.dataSync()]).toEqual([5, 6]);
});

test("the fallback continues with an optimizer whose slots a failed trace made", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const make = () => {
    const w = tf.variable(tf.tensor1d([1, -2]));
    const optimizer = tf.train.adam(0.1);
    const step = (x: tf.Tensor) => {
      const loss = optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, x))) as tf.Scalar, true, [w]) as tf.Scalar;
      return tf.scalar(loss.dataSync()[0]!);
    };
    return { w, step };
  };
  const eager = make();
  const other = make();
  const compiled = jit(other.step, { fallback: "eager" });
  for (let i = 0; i < 3; i++) {
    const x = tf.scalar(i);
    expect((await compiled(x)).dataSync()).toEqual(eager.step(x).dataSync());
  }
  expect(other.w.dataSync()).toEqual(eager.w.dataSync());
});
