import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { CapturedTensorError, TraceDifferenceError } from "../src/errors.js";
import { CompiledProgram } from "../src/runtime/compiled-program.js";
import { numbers } from "./numbers.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The error of the first call that fails, and the number of calls before it. */
async function firstFailure(step: (x: tf.Tensor) => Promise<unknown>): Promise<{ calls: number; error: Error }> {
  for (let calls = 0; calls < 6; calls++) {
    const error = await step(tf.tensor1d([1, 2])).then(
      () => undefined,
      (reason: Error) => reason,
    );
    if (error) return { calls, error };
  }
  throw new Error("no call failed");
}

describe("the second call names values that would be frozen", () => {
  let count = 0;
  let isFirst = true;
  const once = () => {
    const was = isFirst;
    isFirst = false;
    return was;
  };
  const rng = new TestRng(1);
  const unseen = rng.fork("unseen");
  const batches = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4]), tf.tensor1d([5, 6])];
  const variables = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const results: Record<string, (x: tf.Tensor) => unknown> = { one: (x) => x, two: (x) => [x] };

  test.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ["a counter", (x) => tf.mul(x, count++), /Multiply reads the number 1 instead of 0/],
    ["a counter as a scalar", (x) => tf.mul(x, tf.scalar(count++)), /Multiply reads the number 1 instead of 0/],
    ["a counter as an exponent", (x) => tf.pow(x, count++ + 2), /computes Pow differently/],
    [
      "a batch made inside",
      (x) => tf.add(x, tf.tensor1d([count++, 5])),
      /Add reads a tensor of shape \[2\] with other numbers/,
    ],
    [
      "a batch from outside",
      (x) => tf.add(x, batches[count++]!),
      /Add reads a tensor of shape \[2\] with other numbers/,
    ],
    ["a window", (x) => tf.slice(x, [count++], [1]), /Slice/],
    ["a condition", (x) => (once() ? tf.neg(x) : tf.square(x)), /Square instead of Neg/],
    ["one op more", (x) => (once() ? tf.neg(x) : tf.square(tf.neg(x))), /Square/],
    ["one op less", (x) => (once() ? tf.square(tf.neg(x)) : tf.neg(x)), /Square/],
    ["another shape", (x) => tf.tile(x, [1 + count++]), /Tile/],
    ["another attribute", (x) => tf.leakyRelu(x, 0.1 + count++), /LeakyRelu/],
    ["the time", (x) => tf.add(x, performance.now()), /Add reads the number/],
    ["more draws", (x) => (once() ? x : tf.add(x, rng.normal([2]))), /draws more random numbers/],
    ["fewer draws", (x) => (once() ? tf.add(x, rng.normal([2])) : x), /draws fewer random numbers/],
    [
      "another draw",
      (x) => tf.add(x, once() ? rng.normal([2]) : rng.uniform([2])),
      /draws 2 uniform numbers instead of 2 normal/,
    ],
    [
      "another fork",
      (x) => tf.add(x, rng.fork(`${count++}`).normal([2])),
      /the fork \/"1" of its generator instead of \/"0"/,
    ],
    ["another generator", (x) => tf.add(x, (once() ? rng : unseen).normal([2])), /another generator/],
  ])("%s", async (_, fn, message) => {
    count = 0;
    isFirst = true;
    const { calls, error } = await firstFailure(jit(fn as (x: tf.Tensor) => tf.Tensor, { rng }));
    expect(error).toBeInstanceOf(TraceDifferenceError);
    expect(calls).toBe(1);
    expect(error.message).toMatch(message);
    // For a draw, the line in the generator.
    expect((error as TraceDifferenceError).callSite).toMatch(/second-trace\.test\.ts|test-rng\.ts/);
  });

  test.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ["another variable", (x) => tf.add(x, variables[count++ % 2]!), /other variables/],
    [
      "another variable assigned",
      (x) => void variables[count++ % 2]!.assign(tf.sum(x) as tf.Scalar),
      /other variables/,
    ],
    ["a result of another form", (x) => results[once() ? "one" : "two"]!(x), /result has another form/],
    ["a result of another tensor", (x) => [tf.neg(x), tf.square(x)][count++], /Square instead of Neg/],
  ])("%s", async (_, fn, message) => {
    count = 0;
    isFirst = true;
    const { calls, error } = await firstFailure(jit(fn as (x: tf.Tensor) => tf.Tensor));
    expect(error).toBeInstanceOf(TraceDifferenceError);
    expect(calls).toBe(1);
    expect(error.message).toMatch(message);
  });
});

test("a batch that the function fetches itself is detected before the second step", async () => {
  let batch = 0;
  const data = { nextTrainBatch: () => tf.fill([2], ++batch) };
  const w = tf.variable(tf.tensor1d([0, 0]));
  const optimizer = tf.train.adam(0.1);
  const step = jit(
    () => optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, data.nextTrainBatch()))) as tf.Scalar, true)!,
  );
  expect(numbers(await step())).toEqual([2]);
  const before = numbers(w);
  const error = await step().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TraceDifferenceError);
  expect((error as Error).message).toMatch(
    /Fill reads the number 2 instead of 1.*nextTrainBatch.*second-trace\.test\.ts/s,
  );
  expect(numbers(w)).toEqual(before);
});

test("a tensor that JavaScript holds without tf.keep is named, with the op and the line that made it", async () => {
  let h: tf.Tensor = tf.scalar(0);
  const step = jit((x: tf.Tensor) => (h = tf.add(h, x)));
  expect(numbers(await step(tf.scalar(1)))).toEqual([1]);
  const error = await step(tf.scalar(1)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CapturedTensorError);
  expect((error as Error).message).toMatch(
    /Add reads a tensor of shape \[\] \(result of Add, made at .*second-trace\.test\.ts.*\) that an earlier call made/,
  );
});

describe("equal traces are accepted", () => {
  const layerNoise = layers.layers.gaussianNoise({ stddev: Math.E / 7 });
  const cache = new Map<string, tf.Tensor>();
  const cached = (name: string, make: () => tf.Tensor) => {
    const tensor = cache.get(name) ?? make();
    cache.set(name, tensor);
    return tensor;
  };
  test.each<[string, (x: tf.Tensor, rng: TestRng) => tf.Tensor]>([
    ["draws", (x, rng) => tf.add(x, rng.fork("a").normal([2]))],
    ["random ops", (x) => tf.add(x, tf.randomNormal([2], Math.PI, Math.SQRT2))],
    ["dropout", (x) => tf.dropout(x, 0.5)],
    ["noise of layers", (x) => layerNoise.apply(x, { training: true }) as tf.Tensor],
    [
      "a constant in a closure",
      (x) =>
        tf.add(
          x,
          cached("constant", () => tf.scalar(5)),
        ),
    ],
    [
      "a constant that is kept",
      (x) =>
        tf.add(
          x,
          cached("kept", () => tf.keep(tf.tensor1d([5, 6]))),
        ),
    ],
    [
      "a computed constant that is kept",
      (x) =>
        tf.add(
          x,
          cached("mask", () => tf.keep(tf.oneHot(tf.scalar(1, "int32"), 2))),
        ),
    ],
    ["a constant that is not a number", (x) => tf.mul(x, Number.NaN)],
  ])("%s", async (_, fn) => {
    const rng = new TestRng(1);
    const create = vi.spyOn(CompiledProgram, "create");
    const compiled = jit((x: tf.Tensor) => fn(x, rng), { rng });
    for (let i = 0; i < 6; i++) (await compiled(tf.tensor1d([1, 2]))).dispose();
    expect(create.mock.calls.length).toBeLessThanOrEqual(2);
    await compiled.dispose();
  });
});

test("each combination of shapes is traced twice, and compiled once", async () => {
  const create = vi.spyOn(CompiledProgram, "create");
  let traces = 0;
  const compiled = jit((x: tf.Tensor) => {
    traces++;
    return tf.square(x);
  });
  for (let i = 0; i < 5; i++) for (const size of [1, 2, 3]) await compiled(tf.ones([size]));
  expect({ traces, programs: create.mock.calls.length }).toEqual({ traces: 6, programs: 3 });
});

test("checkSecondCall: false traces once, and freezes the first call", async () => {
  let traces = 0;
  const compiled = jit((x: tf.Tensor) => tf.mul(x, ++traces), { checkSecondCall: false });
  for (let i = 0; i < 3; i++) expect(numbers(await compiled(tf.scalar(2)))).toEqual([2]);
  expect(traces).toBe(1);
});

test('fallback: "eager" continues op by op if the second trace differs', async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  let rows = 0;
  const compiled = jit((x: tf.Tensor) => tf.mul(x, tf.scalar(rows++)), { fallback: "eager" });
  const results = [];
  for (let i = 0; i < 4; i++) results.push(numbers(await compiled(tf.scalar(1)))[0]);
  // The trace of the second call has consumed one number.
  expect(results).toEqual([0, 2, 3, 4]);
  expect(warn).toHaveBeenCalledTimes(1);
});

test("with several steps in one call, the second step is the second trace", async () => {
  let count = 0;
  const compiled = jit((x: tf.Tensor) => tf.mul(x, count++), { stepsPerCall: 4 });
  await expect(compiled(tf.tensor1d([1, 2, 3, 4]))).rejects.toThrow(/reads the number 1 instead of 0/);
});

test("tensors and memory do not grow over the traces", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const optimizer = tf.train.sgd(0.1);
  const step = jit((x: tf.Tensor) => optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, x))) as tf.Scalar, true)!);
  const x = tf.scalar(1);
  (await step(x)).dispose();
  const { numTensors, numDataBuffers } = tf.memory();
  (await step(x)).dispose();
  optimizer.setLearningRate(0.05);
  (await step(x)).dispose();
  expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  await step.dispose();
});
