import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { CompiledProgram } from "../src/runtime/compiled-program.js";
import { expectClose } from "./expect-close.js";
import { jit } from "./single-thread.js";

afterEach(() => {
  vi.restoreAllMocks();
});

interface Settable {
  learningRate: number;
  setLearningRate?(rate: number): void;
}

function setRate(optimizer: tf.Optimizer, rate: number): void {
  const settable = optimizer as unknown as Settable;
  if (settable.setLearningRate) settable.setLearningRate(rate);
  else settable.learningRate = rate;
}

const set = (optimizer: tf.Optimizer, setting: string, value: number) => {
  (optimizer as unknown as Record<string, number>)[setting] = value;
};

/** A vector and a scalar trained towards `x`. The update of the vector leaves the graph, that of the scalar stays. */
function problem(optimizer: tf.Optimizer) {
  const w = tf.variable(tf.tensor1d([0.5, -1, 2]));
  const b = tf.variable(tf.scalar(0.25));
  let traces = 0;
  const step = (x: tf.Tensor) => {
    traces++;
    const loss = () => tf.mean(tf.square(tf.sub(tf.add(w, b), x))) as tf.Scalar;
    return optimizer.minimize(loss, true, [w, b])!;
  };
  return { optimizer, w, b, step, traces: () => traces };
}

const OPTIMIZERS: Readonly<Record<string, () => tf.Optimizer>> = {
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

test.each(Object.keys(OPTIMIZERS))(
  "%s: 100 learning rates are one program, and the steps are eager steps",
  async (name) => {
    const create = vi.spyOn(CompiledProgram, "create");
    const eager = problem(OPTIMIZERS[name]!());
    const other = problem(OPTIMIZERS[name]!());
    const compiled = jit(other.step);
    for (let i = 0; i < 100; i++) {
      for (const { optimizer } of [eager, other]) setRate(optimizer, 0.05 / (1 + 0.1 * i));
      const x = tf.tensor1d([Math.sin(i), 1, -1]);
      expectClose(await compiled(x), eager.step(x), { rtol: 1e-4, atol: 1e-6 }, `loss of step ${i}`);
    }
    expectClose(other.w, eager.w, { rtol: 1e-4, atol: 1e-6 }, "w");
    expectClose(other.b, eager.b, { rtol: 1e-4, atol: 1e-6 }, "b");
    expect(create).toHaveBeenCalledTimes(1);
    expect(other.traces()).toBe(2);
    await compiled.dispose();
  },
);

test("several steps in one call use the learning rate of the call", async () => {
  const eager = problem(tf.train.adam(0.05));
  const other = problem(tf.train.adam(0.05));
  const compiled = jit(other.step, { stepsPerCall: 3 });
  for (let call = 0; call < 6; call++) {
    for (const { optimizer } of [eager, other]) setRate(optimizer, 0.05 / (call + 1));
    const xs = tf.tensor2d([
      [1, 2, 3],
      [0, 1, call],
      [-1, 0, 1],
    ]);
    for (const x of tf.unstack(xs)) eager.step(x);
    await compiled(xs);
    expectClose(other.w, eager.w, { rtol: 1e-4, atol: 1e-6 }, `w after call ${call}`);
  }
  expect(compiled.summary()).toMatch(/3 steps per run/);
  await compiled.dispose();
});

test.each([
  ["adam", "beta1", [0.9, 0.8, 0.7, 0.95, 0.85, 0.5, 0.6]],
  ["adam", "epsilon", [1e-7, 1e-3, 1e-2, 1e-1, 1, 1e-4, 1e-5]],
  ["rmsprop", "momentum", [0.5, 0.4, 0.3, 0.2, 0.1, 0.6, 0.7]],
  ["rmsprop", "decay", [0.9, 0.8, 0.7, 0.95, 0.85, 0.5, 0.6]],
  ["adadelta", "rho", [0.9, 0.8, 0.7, 0.95, 0.85, 0.5, 0.6]],
] as const)("%s: %s becomes an input at its first change", async (name, setting, values) => {
  const create = vi.spyOn(CompiledProgram, "create");
  const eager = problem(OPTIMIZERS[name]!());
  const other = problem(OPTIMIZERS[name]!());
  const compiled = jit(other.step);
  const step = async (i: number) => {
    const x = tf.tensor1d([Math.sin(i), 1, -1]);
    eager.step(x);
    await compiled(x);
    expectClose(other.w, eager.w, { rtol: 1e-4, atol: 1e-6 }, `w after step ${i}`);
  };
  for (let i = 0; i < 4; i++) await step(i);
  const programs = create.mock.calls.length;
  for (const [i, value] of values.entries()) {
    for (const { optimizer } of [eager, other]) set(optimizer, setting, value);
    await step(4 + i);
  }
  expect(create.mock.calls.length).toBe(programs + 1);
  expect(other.traces()).toBeLessThanOrEqual(6);
  await compiled.dispose();
});

test("a learning rate that the function also uses in JavaScript is part of the graph", async () => {
  const make = () => {
    const { optimizer, w, step } = problem(tf.train.sgd(0.1));
    const decayed = (x: tf.Tensor) => {
      const loss = step(x);
      w.assign(tf.mul(w, 1 - 0.5 * (optimizer as unknown as Settable).learningRate) as tf.Tensor1D);
      return loss;
    };
    return { optimizer, w, step: decayed };
  };
  const [eager, other] = [make(), make()];
  const compiled = jit(other.step);
  for (let i = 0; i < 6; i++) {
    if (i >= 3) for (const { optimizer } of [eager, other]) setRate(optimizer, 0.1 / i);
    const x = tf.tensor1d([1, 2, 3]);
    eager.step(x);
    await compiled(x);
    expectClose(other.w, eager.w, { rtol: 1e-5, atol: 1e-6 }, `w after step ${i}`);
  }
  await compiled.dispose();
});

test("two steps of one call use the rates that the function sets before each", async () => {
  const make = () => {
    const { optimizer, w, step } = problem(tf.train.sgd(0.1));
    const both = (x: tf.Tensor) => {
      setRate(optimizer, 0.1);
      step(x);
      setRate(optimizer, 0.01);
      return step(x);
    };
    return { w, step: both };
  };
  const [eager, other] = [make(), make()];
  const compiled = jit(other.step);
  for (let i = 0; i < 4; i++) {
    const x = tf.tensor1d([1, 2, i]);
    eager.step(x);
    await compiled(x);
    expectClose(other.w, eager.w, { rtol: 1e-5, atol: 1e-6 }, `w after step ${i}`);
  }
  await compiled.dispose();
});

test("gradients that are applied without minimize also use the rate of the call", async () => {
  const make = () => {
    const { optimizer, w, b } = problem(tf.train.adam(0.1));
    const step = (x: tf.Tensor) => {
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(tf.sub(tf.add(w, b), x))) as tf.Scalar, [w, b]);
      optimizer.applyGradients(grads);
    };
    return { optimizer, w, step };
  };
  const [eager, other] = [make(), make()];
  const compiled = jit(other.step);
  for (let i = 0; i < 6; i++) {
    for (const { optimizer } of [eager, other]) setRate(optimizer, 0.1 / (i + 1));
    const x = tf.tensor1d([1, 2, i]);
    eager.step(x);
    await compiled(x);
    expectClose(other.w, eager.w, { rtol: 1e-5, atol: 1e-6 }, `w after step ${i}`);
  }
  await compiled.dispose();
});

test("a variable that is no longer trainable does not change from the next call on", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const b = tf.variable(tf.scalar(3));
  const optimizer = tf.train.sgd(0.1);
  const loss = () => tf.sum(tf.square(tf.add(tf.mul(w, 2), b))) as tf.Scalar;
  const step = jit(() => optimizer.minimize(loss, true)!);
  await step();
  await step();
  const numbers = () => [[...w.dataSync()], [...b.dataSync()]];
  const [before, bias] = numbers();
  w.trainable = false;
  await step();
  expect(numbers()[0]).toEqual(before);
  expect(numbers()[1]).not.toEqual(bias);
  w.trainable = true;
  await step();
  expect(numbers()[0]).not.toEqual(before);
  await step.dispose();
});
