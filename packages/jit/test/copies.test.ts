import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { afterEach, expect, test, vi } from "vitest";
import { jit } from "./single-thread.js";

type Tensors = Readonly<Record<string, ort.Tensor | null>>;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Records the feeds, fetches and results of all following runs of sessions. */
function recordRuns() {
  const runs: { feeds: Tensors; fetches: Tensors; results: Tensors }[] = [];
  const { prototype } = ort.InferenceSession as unknown as { prototype: ort.InferenceSession };
  const run = prototype.run as (feeds: unknown, fetches: unknown) => Promise<Tensors>;
  vi.spyOn(prototype, "run").mockImplementation(async function (this: unknown, feeds: unknown, fetches: unknown) {
    const results = await run.call(this, feeds, fetches);
    runs.push({ feeds: feeds as Tensors, fetches: fetches as Tensors, results });
    return results as never;
  });
  return runs;
}

const elements = (tensors: Tensors) => Object.values(tensors).reduce((sum, tensor) => sum + (tensor?.size ?? 0), 0);

test("state alternates between two arrays, with one copy per run, made by the binding", async () => {
  const v = tf.variable(tf.randomNormal([32, 32], 0, 0.1, "float32", 1));
  const step = jit(() => v.assign(tf.matMul(v as tf.Tensor2D, v as tf.Tensor2D)));
  await step();
  const runs = recordRuns();
  for (let i = 0; i < 4; i++) await step();
  const arrays = runs.map(({ feeds, fetches }) => ({
    read: Object.values(feeds)[0]!.data,
    written: Object.values(fetches)[0]!.data,
  }));
  for (const [i, { read, written }] of arrays.entries()) {
    expect(read).not.toBe(written);
    if (i > 0) expect(read).toBe(arrays[i - 1]!.written);
    if (i > 1) expect(read).toBe(arrays[i - 2]!.read);
  }
  for (const { fetches, results } of runs) {
    expect(elements(fetches)).toBe(1024);
    expect(elements(results)).toBe(1024);
  }
  await step.dispose();
});

test("a step of Adam returns its gradients and its loss, but no state", async () => {
  const w = tf.variable(tf.randomNormal([32, 32], 0, 0.1, "float32", 2));
  const optimizer = tf.train.adam(0.01);
  const step = jit(
    (x: tf.Tensor2D) =>
      optimizer.minimize(() => tf.mean(tf.square(tf.matMul(x, w as tf.Tensor2D))) as tf.Scalar, true, [w])!,
  );
  const x = tf.ones<tf.Rank.R2>([4, 32]);
  for (let i = 0; i < 2; i++) (await step(x)).dispose();
  const runs = recordRuns();
  for (let i = 0; i < 3; i++) (await step(x)).dispose();
  // Three variables of 1024 elements change; the outputs are one gradient, the loss and a few scalars.
  for (const { results } of runs) expect(elements(results)).toBeLessThanOrEqual(1024 + 8);
  // Arguments and large state are read in place; only Adam's two accumulated scalars are copied.
  const [first, second] = runs;
  const large = Object.keys(first!.feeds).filter((name) => first!.feeds[name]!.size > 1);
  expect(large.length).toBeGreaterThanOrEqual(2);
  for (const name of large) expect(second!.feeds[name]!.data).toBe(first!.feeds[name]!.data);
  await step.dispose();
});

test("large state is returned without the binding's copies", async () => {
  const v = tf.variable(tf.randomNormal([256, 256], 0, 0.06, "float32", 3));
  const step = jit(() => {
    v.assign(tf.matMul(v as tf.Tensor2D, v as tf.Tensor2D));
    return tf.sum(v);
  });
  const expected = tf.matMul(v as tf.Tensor2D, v as tf.Tensor2D);
  const settled: string[] = [];
  const prototype = (ort.InferenceSession as unknown as { prototype: ort.InferenceSession }).prototype;
  const run = prototype.run as (...args: unknown[]) => Promise<Tensors>;
  vi.spyOn(prototype, "run").mockImplementation(async function (this: unknown, ...args: unknown[]) {
    const results = run.apply(this, args);
    results.then(
      () => settled.push("returned"),
      () => settled.push("refused"),
    );
    return results as never;
  });
  const sum = await step();
  expect(settled).toEqual(["refused"]);
  expect(sum.dataSync()[0]).toBeCloseTo(tf.sum(expected).dataSync()[0]!, 2);
  expect(v.dataSync()[777]).toBeCloseTo(expected.dataSync()[777]!, 4);
  await step.dispose();
});
