import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { isGpu } from "../provider.js";
import { jit } from "../single-thread.js";
import { differentiable, float, forwardOnly } from "./cases/operations.js";

/**
 * tfjs' public operations and their gradients, compiled. Kernels must accept the inputs and attributes that the
 * operations pass, and gradients must not need missing kernels.
 */

// tfjs' leak check reports the tensors that softmaxCrossEntropy saves for its gradient.
beforeAll(() => tf.env().set("IS_TEST", false));

/** Operations whose gradients right-gradients.test.ts tests. */
const WRONG_IN_TFJS = new Set(["avgPool", "avgPool3d", "mirrorPad"]);

const TOLERANCE = isGpu ? 2e-4 : 1e-5;

async function equals(actual: tf.Tensor, expected: tf.Tensor): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const [a, e] = [await actual.data(), await expected.data()];
  for (const [i, value] of e.entries()) {
    if (Math.abs((a[i] as number) - value) > TOLERANCE * (1 + 2 * Math.abs(value))) {
      expect.fail(`element ${i}: ${a[i]} instead of ${value}`);
    }
  }
}

describe("compiled operations equal eager ones", () => {
  test.each(Object.keys(differentiable).filter((name) => !WRONG_IN_TFJS.has(name)))(
    "%s and its gradient",
    async (name) => {
      const [shape, op, low, high] = differentiable[name] as (typeof differentiable)[string];
      const x = float(shape, 7, low, high);
      const f = (at: tf.Tensor) => {
        // Different weights, to detect a permuted gradient.
        const weigh = (y: tf.Tensor) => tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
        const { value, grad } = tf.valueAndGrad((v: tf.Tensor) => weigh(op(v)))(at);
        return [op(at), value, tf.div(grad, 10)];
      };
      const compiled = jit(f, { executor: "node" });
      const actual = await compiled(x);
      for (const [i, expected] of f(x).entries()) await equals(actual[i] as tf.Tensor, expected);
      await compiled.dispose();
    },
  );

  test.each(Object.keys(forwardOnly))("%s", async (name) => {
    const [shape, op] = forwardOnly[name] as (typeof forwardOnly)[string];
    const x = float(shape, 7);
    const compiled = jit(op, { executor: "node" });
    await equals(await compiled(x), op(x));
    await compiled.dispose();
  });
});
