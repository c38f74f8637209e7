import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
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

test.each(Object.keys(optimizers))("%s: 100 compiled steps equal 100 eager steps", async (name) => {
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

/** The count and the learning rate of an optimizer, which tfjs does not make public. */
const internals = (optimizer: tf.Optimizer) => optimizer as unknown as { iterations: number; learningRate: number };

/** Six steps; both optimizers are changed equally before the fourth. Compiled training must equal eager training. */
async function expectChangeToCount(
  make: () => tf.Optimizer,
  change: (optimizer: tf.Optimizer) => void | Promise<void>,
) {
  const [eagerOptimizer, otherOptimizer] = [make(), make()];
  const eager = problem(() => eagerOptimizer);
  const other = problem(() => otherOptimizer);
  const compiled = jit(other.step);
  const x = tf.randomNormal<tf.Rank.R2>([8, 4], 0, 1, "float32", 1);
  const y = tf.randomNormal<tf.Rank.R1>([8], 0, 1, "float32", 2);
  for (let i = 0; i < 6; i++) {
    if (i === 3) {
      await change(eagerOptimizer);
      await change(otherOptimizer);
    }
    eager.step(x, y);
    await compiled(x, y);
    expectClose(other.w, eager.w, { rtol: 1e-4, atol: 1e-6 }, `w after step ${i}`);
  }
  await compiled.dispose();
}

test.each(Object.keys(optimizers))("%s: a changed learning rate applies from the next call on", async (name) => {
  await expectChangeToCount(optimizers[name]!, (optimizer) => {
    if ("setLearningRate" in optimizer) (optimizer as tf.SGDOptimizer).setLearningRate(0.001);
    else internals(optimizer).learningRate = 0.001;
  });
});

test("an optimizer counts its steps, and saves the same state as in eager training", async () => {
  const eagerOptimizer = tf.train.adam(0.1);
  const otherOptimizer = tf.train.adam(0.1);
  const eager = problem(() => eagerOptimizer);
  const other = problem(() => otherOptimizer);
  const compiled = jit(other.step, { stepsPerCall: 3 });
  const x = tf.randomNormal<tf.Rank.R2>([8, 4], 0, 1, "float32", 1);
  const y = tf.randomNormal<tf.Rank.R1>([8], 0, 1, "float32", 2);
  // The first step by step, the second in a loop, a remainder.
  for (const rows of [3, 3, 2]) {
    for (let i = 0; i < rows; i++) eager.step(x, y);
    const stack = <T extends tf.Tensor>(tensor: T) => tf.stack(Array(rows).fill(tensor)) as T;
    await compiled(stack(x), stack(y));
    expect(internals(otherOptimizer).iterations).toBe(internals(eagerOptimizer).iterations);
  }
  const expected = await eagerOptimizer.getWeights();
  const weights = await otherOptimizer.getWeights();
  expect(weights[0]!.tensor.dataSync()[0]).toBe(8);
  for (const [i, { tensor }] of expected.entries()) {
    expectClose(weights[i]!.tensor as tf.Tensor, tensor as tf.Tensor, { rtol: 1e-4, atol: 1e-6 }, `weight ${i}`);
  }
  await compiled.dispose();
});

test("restored weights of an optimizer, which replaces its slots by new variables, apply from the next call on", async () => {
  await expectChangeToCount(
    () => tf.train.adam(0.1),
    async (optimizer) => {
      const weights = await optimizer.getWeights();
      const halved = weights.map(({ name, tensor }, j) => ({
        name,
        tensor: tf.mul(tensor as tf.Tensor, j ? 0.5 : 1),
      }));
      await optimizer.setWeights(halved);
    },
  );
});

test("a learning rate that the function itself lowers at each call is lowered at each call", async () => {
  const make = () => {
    const w = tf.variable(tf.tensor1d([0.5, -1]));
    const optimizer = tf.train.momentum(0.2, 0.5);
    let rate = 0.2;
    const step = () => {
      rate /= 2;
      optimizer.setLearningRate(rate);
      return optimizer.minimize(() => tf.sum(tf.square(w)) as tf.Scalar, true, [w])!;
    };
    return { w, step };
  };
  const eager = make();
  const other = make();
  const compiled = jit(other.step);
  for (let i = 0; i < 4; i++) {
    eager.step();
    await compiled();
    expectClose(other.w, eager.w, { rtol: 1e-5, atol: 1e-6 }, `w after step ${i}`);
  }
  await compiled.dispose();
});

/** Steps whose size is a JavaScript number that each step changes. */
class DecayingSteps extends tf.Optimizer {
  rate = 0.5;

  static get className(): string {
    return "DecayingSteps";
  }

  applyGradients(
    gradients: tf.NamedTensorMap | readonly { readonly name: string; readonly tensor: tf.Tensor }[],
  ): void {
    for (const { name, tensor } of gradients as readonly { readonly name: string; readonly tensor: tf.Tensor }[]) {
      const variable = tf.engine().registeredVariables[name]!;
      variable.assign(tf.sub(variable, tf.mul(tensor, this.rate)));
    }
    this.rate *= 0.5;
  }

  getConfig() {
    return {};
  }
}

test("numbers that a custom optimizer changes at each step equal those of eager steps", async () => {
  const eager = problem(() => new DecayingSteps());
  const other = problem(() => new DecayingSteps());
  const compiled = jit(other.step);
  for (let i = 0; i < 4; i++) {
    eager.step(tf.ones([8, 4]), tf.ones([8]));
    await compiled(tf.ones([8, 4]), tf.ones([8]));
    expectClose(other.w, eager.w, { rtol: 1e-5, atol: 1e-6 }, `w after step ${i}`);
  }
  await compiled.dispose();
});

test("a failed trace does not count as an iteration", async () => {
  const optimizer = tf.train.sgd(0.1);
  const { step } = problem(() => optimizer);
  const compiled = jit((x: tf.Tensor2D, y: tf.Tensor1D) => tf.scalar(step(x, y).dataSync()[0]!));
  await expect(compiled(tf.ones([8, 4]), tf.ones([8]))).rejects.toThrow(/reads the value/);
  expect(internals(optimizer).iterations).toBe(0);
});

test("a rate that changes at every step scales the update, without a new trace", async () => {
  const make = () => {
    const w = tf.variable(tf.tensor1d([0.5, -1]));
    const optimizer = tf.train.adam(0.1);
    let traces = 0;
    const step = (rate: tf.Scalar) => {
      traces++;
      const before = tf.clone(w);
      optimizer.minimize(() => tf.sum(tf.square(w)) as tf.Scalar, false, [w]);
      w.assign(tf.add(before, tf.mul(rate, tf.sub(w, before))) as tf.Tensor1D);
    };
    return { w, step, traces: () => traces };
  };
  const eager = make();
  const other = make();
  const compiled = jit(other.step);
  for (let i = 1; i <= 6; i++) {
    eager.step(tf.scalar(1 / i));
    await compiled(tf.scalar(1 / i));
    expectClose(other.w, eager.w, { rtol: 1e-5, atol: 1e-6 }, `w after step ${i}`);
  }
  // The first call's graph, slots included, is that of all calls; the second call compares it with another trace.
  expect(other.traces()).toBe(2);
  await compiled.dispose();
});

test("warns once about repeated compilation for new settings", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { step } = problem(() => new DecayingSteps());
  const compiled = jit(step);
  for (let i = 0; i < 8; i++) await compiled(tf.ones([8, 4]), tf.ones([8]));
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]![0]).toMatch(/compiled anew 5 times because settings of an optimizer changed/);
  warn.mockRestore();
  await compiled.dispose();
});

test("a slot of an optimizer that lives in the function is a constant", async () => {
  const w = tf.variable(tf.tensor1d([1, -2]));
  const step = (x: tf.Tensor) => {
    const optimizer = tf.train.momentum(0.1, 0.9);
    const loss = optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, x))) as tf.Scalar, true)!;
    optimizer.dispose();
    return loss;
  };
  const compiled = jit(step);
  const x = tf.tensor1d([0.5, 0.5]);
  const eager = [1, -2].map((start) => [0, 1, 2].reduce((value) => value - 0.2 * (value - 0.5), start));
  for (let i = 0; i < 3; i++) await compiled(x);
  expectClose(w, tf.tensor1d(eager), { rtol: 1e-6, atol: 1e-6 }, "w");
  await compiled.dispose();
});
