import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose } from "./expect-close.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";

/**
 * A step with everything that a loop must carry: an optimizer, a read-only variable, draws of a stream and of a fork.
 */
function training(rng: TestRng) {
  const w = tf.variable(tf.tensor1d([0.5, -1, 2]));
  const scale = tf.variable(tf.scalar(0.7), false);
  const optimizer = tf.train.adam(0.05);
  const step = (x: tf.Tensor2D, y: tf.Tensor1D) => {
    const noise = rng.normal([4, 3]);
    const loss = optimizer.minimize(
      () => {
        const jitter = tf.mul(rng.fork("jitter").uniform([4]), 0.01);
        const prediction = tf.add(tf.sum(tf.mul(tf.add(x, tf.mul(noise, 0.1)), tf.mul(w, scale)), 1), jitter);
        return tf.mean(tf.square(tf.sub(prediction, y))) as tf.Scalar;
      },
      true,
      [w],
    ) as tf.Scalar;
    return { loss, w: tf.clone(w) };
  };
  return { w, step };
}

test("k steps per call equal k eager steps, also for remainders", async () => {
  const eager = training(new TestRng(1));
  const rng = new TestRng(1);
  const other = training(rng);
  const compiled = jit(other.step, { rng, stepsPerCall: 4 });
  for (const [call, rows] of [4, 4, 3, 4, 1, 4].entries()) {
    const x = tf.randomNormal<tf.Rank.R3>([rows, 4, 3], 0, 1, "float32", call + 1);
    const y = tf.randomNormal<tf.Rank.R2>([rows, 4], 0, 1, "float32", call + 101);
    const expected = Array.from({ length: rows }, (_, i) =>
      eager.step(tf.gather(x, i) as unknown as tf.Tensor2D, tf.gather(y, i) as unknown as tf.Tensor1D),
    );
    const result = await compiled(x as unknown as tf.Tensor2D, y as unknown as tf.Tensor1D);
    const what = `call ${call}`;
    expectClose(result.loss, tf.stack(expected.map(({ loss }) => loss)), { rtol: 1e-4, atol: 1e-6 }, what);
    expectClose(result.w, tf.stack(expected.map(({ w }) => w)), { rtol: 1e-4, atol: 1e-6 }, what);
    expectClose(other.w, eager.w, { rtol: 1e-4, atol: 1e-6 }, what);
  }
  expect(compiled.summary()).toMatch(/4 steps per run/);
  await compiled.dispose();
});

test("without arguments, every call runs k steps", async () => {
  const v = tf.variable(tf.scalar(1));
  const double = jit(
    () => {
      v.assign(tf.mul(v, 2));
      return tf.clone(v);
    },
    { stepsPerCall: 3 },
  );
  expect([...(await double()).dataSync()]).toEqual([2, 4, 8]);
  expect([...(await double()).dataSync()]).toEqual([16, 32, 64]);
  await double.dispose();
});

test("rows must agree and be at most k", async () => {
  const add = jit((x: tf.Tensor, y: tf.Tensor) => tf.add(x, y), { stepsPerCall: 2 });
  await expect(add(tf.ones([3, 1]), tf.ones([3, 1]))).rejects.toThrow(
    /1 \.\.\. 2 steps, got the shapes \[3,1\], \[3,1\]/,
  );
  await expect(add(tf.ones([2, 1]), tf.ones([1, 1]))).rejects.toThrow(/same first axis/);
  await expect(add(tf.scalar(1), tf.scalar(1))).rejects.toThrow(/same first axis/);
  await add.dispose();
});
