import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-web";
import { expect, test, vi } from "vitest";
import { memoryAfterCollection } from "../../../test/resident-memory.js";
import { ExecutorError } from "../src/errors.js";
import { importOnnxRuntimeNode } from "../src/executors/node.js";
import { jit as anyThreads } from "../src/jit.js";
import type { JitOptions } from "../src/options.js";
import { trainBothWays } from "./browser/training.js";

/** The executor "web" in Node, where it runs on WebAssembly. In browsers: test/browser. */
const jit = <Args extends readonly unknown[], Result>(fn: (...args: Args) => Result, options: JitOptions = {}) =>
  anyThreads(fn, { executor: "web", threads: 1, ...options });

test("training equals eager training", async () => {
  const { difference, tensorsLeft } = await trainBothWays({ executor: "web", threads: 1 }, 20);
  expect(difference).toBeLessThan(1e-3);
  expect(tensorsLeft).toBe(0);
});

test("several steps in one call equal as many calls", async () => {
  const { difference } = await trainBothWays({ executor: "web", threads: 1, stepsPerCall: 5 }, 20);
  expect(difference).toBeLessThan(1e-3);
});

test("variables have the right values outside, before and after dispose", async () => {
  const v = tf.variable(tf.tensor1d([1, 2, 3]));
  const flag = tf.variable(tf.tensor1d([true, false], "bool"));
  const step = jit((x: tf.Tensor) => {
    v.assign(tf.add(v, x));
    flag.assign(tf.logicalNot(flag));
    return tf.mul(v, 2);
  });
  expect([...(await step(tf.scalar(1))).dataSync()]).toEqual([4, 6, 8]);
  v.assign(tf.tensor1d([10, 20, 30]));
  const kept = v.dataSync();
  await step(tf.scalar(1));
  expect([...kept]).toEqual([10, 20, 30]);
  expect([...v.dataSync()]).toEqual([11, 21, 31]);
  expect([...flag.dataSync()]).toEqual([1, 0]);
  await step.dispose();
  expect([...v.dataSync()]).toEqual([11, 21, 31]);
  await expect(step(tf.scalar(1))).rejects.toThrow(/disposed/);
});

test("a step of Adam copies the parameters in and the gradients out, and no slots", async () => {
  const run = vi.spyOn((ort.InferenceSession as unknown as { prototype: ort.InferenceSession }).prototype, "run");
  const size = 1000;
  const w = tf.variable(tf.ones([size]));
  const optimizer = tf.train.adam(0.1);
  const step = jit((x: tf.Tensor) => optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, x))), true)!);
  for (let i = 0; i < 3; i++) (await step(tf.ones([size]))).dispose();
  const [feeds] = run.mock.lastCall as unknown as [Record<string, ort.Tensor>];
  const results = (await run.mock.results.at(-1)!.value) as Record<string, ort.Tensor>;
  const elements = (tensors: Record<string, ort.Tensor>) =>
    Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
  // The parameters and the argument; the gradient, the loss and two numbers of Adam.
  expect(elements(feeds)).toBeLessThan(2 * size + 10);
  expect(elements(results)).toBeLessThan(size + 10);
  run.mockRestore();
  await step.dispose();
});

test("tensors and memory do not grow over 2,000 calls", async () => {
  const w = tf.variable(tf.ones([256, 256]));
  const step = jit((x: tf.Tensor2D) => {
    w.assign(tf.add(tf.mul(w, 0.99), tf.mean(x)));
    return tf.mean(w);
  });
  const x = tf.ones<tf.Rank.R2>([256, 256]);
  const run = async (calls: number) => {
    for (let i = 0; i < calls; i++) (await step(x)).dispose();
  };
  await run(2000);
  const tensors = tf.memory().numTensors;
  const { resident } = await memoryAfterCollection();
  await run(2000);
  expect(tf.memory().numTensors).toBe(tensors);
  // A leak of the 256 KB that a call copies would be 500 MB in each direction; delayed garbage collection varies memory
  // by about 30 MB.
  expect((await memoryAfterCollection()).resident - resident).toBeLessThan(64 * 2 ** 20);
  await step.dispose();
}, 60_000);

async function failure(options: JitOptions): Promise<Error> {
  return anyThreads((x: tf.Tensor) => x, { executor: "web", ...options })(tf.scalar(1)).then(
    () => expect.fail("it ran"),
    (error: Error) => error,
  );
}

test("unavailable features give an error that names them", async () => {
  await jit((x: tf.Tensor) => x)(tf.scalar(1));
  const threads = await failure({ threads: 2 });
  expect(threads).toBeInstanceOf(ExecutorError);
  expect(threads.message).toMatch(
    /started with 1 thread\(s\), which all compiled functions share; 2 are no longer available/,
  );
  expect((await failure({ threads: 1.5 })).message).toMatch(/threads must be an integer >= 1, got 1.5/);
  expect((await failure({ provider: "cuda" })).message).toMatch(/has no provider cuda; it has cpu .* and webgpu/);
  expect((await failure({ provider: "webgpu" })).message).toMatch(/no WebGPU in Node; use the executor "node"/);
});

test("auto prefers onnxruntime-node", async () => {
  expect(await importOnnxRuntimeNode()).toBeDefined();
  const step = anyThreads((x: tf.Tensor) => x, { threads: 1 });
  await step(tf.scalar(1));
  expect(step.summary()).toContain("on node, provider cpu");
  await step.dispose();
});
