import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TraceError } from "../src/errors.js";
import { exportOnnx } from "../src/onnx/export-onnx.js";
import { jit } from "./single-thread.js";

/** Unhandled rejections, which outside a test would end the process. */
const unhandled: unknown[] = [];
const record = (reason: unknown) => unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", record);
});

afterEach(async () => {
  // Node reports after the microtasks.
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off("unhandledRejection", record);
  vi.restoreAllMocks();
  expect(unhandled).toEqual([]);
});

function denseModel(): layers.Sequential {
  const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  return model;
}

const inner = jit((x: tf.Tensor) => tf.add(x, 1));
const model = denseModel();
const y = tf.ones([3, 1]);

const asynchronous: [string, (x: tf.Tensor) => unknown, RegExp][] = [
  ["a compiled function", (x) => inner(x), /rejected: .*called inside another one.*call the plain function there/s],
  ["an async function", async (x) => tf.add(await x, 1), /the result is a promise/],
  ["an error of its own", async () => Promise.reject(new RangeError("mine")), /rejected: mine/],
  ["promises in an object", (x) => ({ a: x, b: [inner(x)] }), /the result\.b\[0\] is a promise/],
  ["model.trainOnBatch", (x) => model.trainOnBatch(x, y), /model\.apply\(x, \{ training: true \}\)/],
  ["model.fit", (x) => model.fit(x, y), /goes on after an await.*optimizer\.minimize/s],
  ["booleanMaskAsync", (x) => tf.booleanMaskAsync(x, tf.tensor1d([1, 0, 1], "bool")), /goes on after an await/],
  ["booleanMaskAsync of a result", (x) => tf.booleanMaskAsync(x, tf.greater(tf.sum(x, 1), 0)), /reads the value/],
  ["whereAsync", (x) => tf.whereAsync(tf.greater(x, 0)), /rejected: .*reads the value of a tensor.*Greater/s],
];

test.each(asynchronous)("%s: one error, which the caller catches", async (_, fn, message) => {
  const x = tf.ones([3, 2]);
  const call = jit(fn)(x);
  await expect(call).rejects.toThrow(message);
  await expect(call).rejects.toBeInstanceOf(TraceError);
});

test("a call inside a trace fails the trace, even if nobody awaits it, because its effects would be lost", async () => {
  const outer = jit((x: tf.Tensor) => {
    void inner(x).then(() => expect.fail("there is no result"));
    return x;
  });
  await expect(outer(tf.scalar(1))).rejects.toThrow(/cannot be called inside another one.*promises\.test\.ts/s);
});

test("a model whose fit was rejected trains eagerly afterwards", async () => {
  const own = denseModel();
  await expect(jit((x: tf.Tensor) => own.fit(x, y))(tf.ones([3, 2]))).rejects.toThrow(/promise/);
  const before = own.getWeights()[0]!.dataSync();
  await own.fit(tf.ones([3, 2]), y, { verbose: 0 });
  expect(own.getWeights()[0]!.dataSync()).not.toEqual(before);
});

test("an export of an asynchronous function", async () => {
  const exported = exportOnnx((x) => model.trainOnBatch(x, y) as never, { inputs: { x: [3, 2] }, outputs: ["y"] });
  await expect(exported).rejects.toThrow(/the result is a promise.*optimizer\.minimize/s);
});

test('fallback: "eager" awaits an asynchronous function, also one that awaits compiled ones', async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const outer = jit(async (x: tf.Tensor) => ({ x, sum: [tf.add(await inner(x), 10)] }), { fallback: "eager" });
  const x = tf.tensor1d([1, 2]);
  for (let call = 0; call < 2; call++) {
    const result = (await outer(x)) as unknown as { x: tf.Tensor; sum: [tf.Tensor] };
    expect([...result.x.dataSync()]).toEqual([1, 2]);
    expect([...result.sum[0].dataSync()]).toEqual([12, 13]);
  }
  expect(warn).toHaveBeenCalledTimes(1);

  const stacked = jit(async (x: tf.Tensor) => tf.mul(x, 2), { fallback: "eager", stepsPerCall: 2 });
  const rows = (await stacked(tf.tensor2d([[1], [2]]))) as unknown as tf.Tensor2D;
  expect(rows.arraySync()).toEqual([[2], [4]]);
});

test('fallback: "eager" trains by trainOnBatch, in the order of the calls', async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const [own, other] = [denseModel(), denseModel()];
  other.setWeights(own.getWeights());
  const step = jit((x: tf.Tensor, y: tf.Tensor) => own.trainOnBatch(x, y), { fallback: "eager" });
  const batches = [1, 2, 3].map((scale) => tf.fill([3, 2], scale));
  const losses = await Promise.all(batches.map((x) => step(x, y)));
  const expected: unknown[] = [];
  for (const x of batches) expected.push(await other.trainOnBatch(x, y));
  expect(losses).toEqual(expected);
  expect(own.getWeights()[0]!.dataSync()).toEqual(other.getWeights()[0]!.dataSync());
});
