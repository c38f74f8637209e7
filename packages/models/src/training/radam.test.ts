import { createRng } from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import reference from "../../test/reference/radam.json" with { type: "json" };
import { expectClose, numbers } from "../../test/values.js";
import { RAdam, type RAdamOptions } from "./radam.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

interface Settings {
  readonly lr: number;
  readonly betas?: number[];
  readonly eps?: number;
}

const optionsOf = ({ lr, betas, eps }: Settings): RAdamOptions => ({
  learningRate: lr,
  ...(betas ? { beta1: betas[0]!, beta2: betas[1]! } : {}),
  ...(eps === undefined ? {} : { epsilon: eps }),
});

test.each(reference.cases)("steps equal those of torch $settings", ({ settings, steps }) => {
  const parameter = tf.variable(tf.tensor1d([0.5, -1, 2, 0.1]));
  const optimizer = new RAdam(optionsOf(settings));
  for (const [t, expected] of steps.entries()) {
    tf.tidy(() => {
      const phase = tf.tensor1d(Array.from({ length: 4 }, (_, k) => Math.sin(1.7 * t + k)));
      optimizer.applyGradients({ [parameter.name]: tf.add(phase, tf.mul(0.3, parameter)) });
    });
    expectClose(parameter, expected, { rtol: 2e-5, atol: 2e-5 });
  }
  expect(optimizer.iterations).toBe(steps.length);
  optimizer.dispose();
});

function problem() {
  const w = tf.variable(createRng(1).normal([6, 5]));
  const b = tf.variable(tf.zeros([5]));
  const optimizer = new RAdam({ learningRate: 0.05 });
  const step = (x: tf.Tensor) =>
    optimizer.minimize(
      () => tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b), 1))) as tf.Scalar,
      true,
      [w, b],
    ) as tf.Tensor;
  return { w, b, optimizer, step };
}

test("40 compiled steps equal 40 eager steps, before and after rectification starts, and the updates are fused", async () => {
  const [eager, other] = [problem(), problem()];
  const compiled = jit(other.step);
  for (let i = 0; i < 40; i++) {
    const x = createRng(i).normal([8, 6]);
    expectClose(await compiled(x), numbers(eager.step(x)), { rtol: 1e-3, atol: 1e-5 });
  }
  expectClose(other.w, numbers(eager.w), { rtol: 1e-3, atol: 1e-4 });
  expect(compiled.summary()).toContain("update of 6 variables, 35 elements in one pass");
  await compiled.dispose();
});

test("restored weights continue the steps, and nothing is left in memory", async () => {
  const [first, second] = [problem(), problem()];
  const x = createRng(2).normal([8, 6]);
  for (let i = 0; i < 7; i++) first.step(x).dispose();
  const weights = await first.optimizer.getWeights();
  await second.optimizer.setWeights(weights.map(({ name, tensor }) => ({ name, tensor: tf.clone(tensor) })));
  second.w.assign(first.w);
  second.b.assign(first.b);
  first.step(x);
  second.step(x);
  expect(numbers(second.w)).toEqual(numbers(first.w));
  expect(second.optimizer.iterations).toBe(8);
  const before = tf.memory().numTensors;
  const optimizer = new RAdam();
  const variable = tf.variable(tf.zeros([2]));
  const gradient = tf.ones([2]);
  optimizer.applyGradients({ [variable.name]: gradient });
  optimizer.dispose();
  tf.dispose([variable, gradient]);
  // tf.zeros, of which the variable is a copy.
  expect(tf.memory().numTensors).toBe(before + 1);
});

test("rejects numbers out of range", () => {
  expect(() => new RAdam({ learningRate: 0 })).toThrow("RAdam: learningRate must be a finite number > 0, got 0");
  expect(() => new RAdam({ beta1: 1 })).toThrow("RAdam: beta1 must be a number in (0, 1), got 1");
  expect(() => new RAdam({ beta2: -0.1 })).toThrow("RAdam: beta2 must be a number in (0, 1), got -0.1");
  expect(() => new RAdam({ epsilon: -1 })).toThrow("RAdam: epsilon must be a finite number >= 0, got -1");
});
