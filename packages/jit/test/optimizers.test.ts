import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose } from "./expect-close.js";
import { jit } from "./single-thread.js";

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  "momentum, Nesterov": () => tf.train.momentum(0.02, 0.9, true),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.5),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
  "rmsprop, centered": () => tf.train.rmsprop(0.01, 0.9, 0, 1e-6, true),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05, 0.9, 0.999, 1e-7, 0.01),
};

/** A least-squares problem without matrix products; its own variables and optimizer. */
function problem(makeOptimizer: () => tf.Optimizer) {
  const w = tf.variable(tf.tensor1d([0.5, -1, 2, 0.1]));
  const b = tf.variable(tf.scalar(0.3));
  const optimizer = makeOptimizer();
  const step = (x: tf.Tensor2D, y: tf.Tensor1D) =>
    optimizer.minimize(
      () => {
        const prediction = tf.add(tf.sum(tf.mul(x, w), 1), b);
        return tf.mean(tf.square(tf.sub(prediction, y))) as tf.Scalar;
      },
      true,
      [w, b],
    ) as tf.Scalar;
  return { w, b, step };
}

test.each(Object.keys(optimizers))("%s: 100 compiled steps are 100 eager steps", async (name) => {
  const eager = problem(optimizers[name]!);
  const other = problem(optimizers[name]!);
  const compiled = jit(other.step);
  for (let i = 0; i < 100; i++) {
    const x = tf.randomNormal<tf.Rank.R2>([8, 4], 0, 1, "float32", i + 1);
    const y = tf.randomNormal<tf.Rank.R1>([8], 0, 1, "float32", i + 1001);
    const expected = eager.step(x, y);
    const loss = await compiled(x, y);
    expectClose(loss, expected, { rtol: 1e-3, atol: 1e-6 }, `loss of step ${i}`);
  }
  expectClose(other.w, eager.w, { rtol: 1e-3, atol: 1e-6 }, "w");
  expectClose(other.b, eager.b, { rtol: 1e-3, atol: 1e-6 }, "b");
  expect(other.w.dataSync()[0]).not.toBe(0.5);
  await compiled.dispose();
});
