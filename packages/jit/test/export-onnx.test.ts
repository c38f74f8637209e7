import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { exportOnnx } from "../src/onnx/export-onnx.js";
import { TestRng } from "./test-rng.js";

const w = tf.variable(tf.tensor2d([1, -2, 3, 4, 0.5, -1], [3, 2]));

test("a model has the given names, its variables as constants, and one graph for every batch size", async () => {
  const fn = (x: tf.Tensor, y: tf.Tensor) => {
    const product = tf.matMul(tf.reshape(x, [-1, 3]), w as tf.Tensor2D);
    const flat = tf.reshape(product, [x.shape[0]!, 4]);
    return [tf.add(flat, y), tf.mean(flat)];
  };
  const model = await exportOnnx(fn, { inputs: { x: [null, 2, 3], y: [4] }, outputs: ["sum", "mean"] });
  const session = await ort.InferenceSession.create(model);
  expect(session.inputNames).toEqual(["x", "y"]);
  expect(session.outputNames).toEqual(["sum", "mean"]);
  for (const batch of [1, 3, 50]) {
    const x = tf.randomNormal([batch, 2, 3], 0, 1, "float32", 1);
    const y = tf.tensor1d([1, 2, 3, 4]);
    const feed = (tensor: tf.Tensor) => new ort.Tensor("float32", tensor.dataSync<"float32">(), tensor.shape);
    const { sum, mean } = await session.run({ x: feed(x), y: feed(y) });
    const [expectedSum, expectedMean] = fn(x, y) as [tf.Tensor, tf.Tensor];
    expect(sum!.dims).toEqual([batch, 4]);
    for (const [i, value] of expectedSum.dataSync().entries()) expect(sum!.data[i]).toBeCloseTo(value, 4);
    expect(mean!.data[0]).toBeCloseTo(expectedMean.dataSync()[0]!, 4);
  }
  await session.release();
});

type Op = (x: tf.Tensor) => tf.Tensor;

const layer = (kind: "simpleRNN" | "gru" | "lstm" | "repeatVector" | "layerNormalization", options = {}): Op => {
  const all = { units: 3, n: 4, recurrentInitializer: "glorotUniform", kernelInitializer: "glorotUniform", ...options };
  const made = layers.layers[kind](all as never);
  return (x) => made.apply(x) as tf.Tensor;
};

test.each<[string, number[], Op]>([
  ["zerosLike", [4], (x) => tf.maximum(x, tf.zerosLike(x))],
  ["onesLike", [4], (x) => tf.add(tf.onesLike(x), x)],
  ["zeros of the batch's shape", [4], (x) => tf.concat([x, tf.zeros([x.shape[0]!, 2])], 1)],
  ["rows of constants, repeated", [4], (x) => tf.concat([x, tf.tile(tf.tensor2d([[1, 2]]), [x.shape[0]!, 1])], 1)],
  ["where", [4], (x) => tf.where(tf.greater(x, 0), x, tf.fill(x.shape, -1))],
  ["tile", [4], (x) => tf.tile(x, [1, 3])],
  ["tile along the batch", [4], (x) => tf.reshape(tf.tile(tf.expandDims(x, 1), [1, 2, 1]), [-1, 2, 4])],
  ["a slice of all rows", [4], (x) => tf.slice(x, [0, 1], [x.shape[0]!, 2])],
  ["softplus of many", [35], tf.softplus],
  ["repeatVector", [4], layer("repeatVector")],
  ["layerNormalization", [4], layer("layerNormalization")],
  ["simpleRNN", [5, 2], layer("simpleRNN")],
  ["gru", [5, 2], layer("gru", { returnSequences: true })],
  ["lstm", [5, 2], layer("lstm")],
  ["lstm, backwards", [5, 2], layer("lstm", { goBackwards: true })],
  ["batch normalization of zeros", [4], (x) => tf.batchNorm(x as tf.Tensor2D, tf.zeros([4]), tf.ones([4]))],
])("a batch of any size: %s", async (_, shape, fn) => {
  // Builds layers.
  fn(tf.ones([1, ...shape]));
  const model = await exportOnnx(fn, { inputs: { x: [null, ...shape] }, outputs: ["y"] });
  const session = await ort.InferenceSession.create(model);
  for (const batch of [1, 2, 29, 40]) {
    const x = tf.randomNormal([batch, ...shape], 0, 1, "float32", batch);
    const { y } = await session.run({ x: new ort.Tensor("float32", x.dataSync<"float32">(), x.shape) });
    const expected = fn(x);
    expect(y!.dims).toEqual(expected.shape);
    for (const [i, value] of expected.dataSync().entries()) expect(y!.data[i]).toBeCloseTo(value, 5);
  }
  await session.release();
});

test("the variables have their current values, and remain variables", async () => {
  const v = tf.variable(tf.scalar(1));
  const options = { inputs: { x: [2] }, outputs: ["y"] };
  const run = async (model: Uint8Array) => {
    const session = await ort.InferenceSession.create(model);
    const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 2), [2]) });
    await session.release();
    return Array.from(y!.data as Float32Array);
  };
  const times = (x: tf.Tensor) => tf.mul(x, v);
  const before = await exportOnnx(times, options);
  v.assign(tf.scalar(10));
  expect(await run(before)).toEqual([1, 2]);
  expect(await run(await exportOnnx(times, options))).toEqual([10, 20]);
  const tensors = tf.memory().numTensors;
  await exportOnnx(times, options);
  expect(tf.memory().numTensors).toBe(tensors);
});

test.each<[string, (x: tf.Tensor) => tf.Tensor, RegExp]>([
  [
    "assigns a variable",
    (x) => w.assign(tf.add(w, tf.mean(x))) ?? tf.neg(x),
    /exportOnnx: the function assigns the variable/,
  ],
  ["draws", (x) => tf.add(x, new TestRng(1).normal([4])), /rng/],
  [
    "returns more tensors than names",
    (x) => [x, x] as never,
    /exportOnnx: the function returns 2 tensors, outputs names 1/,
  ],
  [
    "depends on the batch's size",
    (x) => tf.mul(x, x.shape[0]!),
    /not the same for every batch size \(a constant of Mul\)/,
  ],
  ["repeats by the batch's size", (x) => tf.tile(x, [x.shape[0]!, 1]), /not the same for every batch size/],
])("a function that %s is refused", async (_, fn, message) => {
  await expect(exportOnnx(fn, { inputs: { x: [null, 4] }, outputs: ["y"] })).rejects.toThrow(message);
});
