import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeEach, expect, test, vi } from "vitest";
import { type ModelInternals, overlay, trainedModel } from "../src/layers/layers-model.js";

/** The non-public parts of tf.LayersModel that jitModel uses; see src/layers/layers-model.ts. */

let model: layers.Sequential;
let inner: ReturnType<typeof trainedModel>;
const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [6, 1]);
const y = tf.tensor2d([2, 4, 6, 8, 10, 12], [6, 1]);

beforeEach(() => {
  model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [1], name: "d" })] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError", metrics: ["mae"] });
  inner = trainedModel(model);
  return () => model.dispose();
});

/** A call of a replaced method. */
interface Call {
  readonly owner: unknown;
  readonly args: readonly unknown[];
}

/** The inner model with a method that remembers its calls and returns `result`. */
function spied(name: string, result: unknown): { readonly spy: typeof inner; readonly calls: Call[] } {
  const calls: Call[] = [];
  const method = function (this: unknown, ...args: unknown[]) {
    calls.push({ owner: this, args });
    return result;
  };
  return { spy: overlay(inner, { [name]: method }), calls };
}

test("a tf.Sequential delegates to a model of its own, which has the compiled parts", () => {
  expect(inner).not.toBe(model);
  expect(inner).toBeInstanceOf(layers.LayersModel);
  expect(inner.optimizer_).toBeInstanceOf(tf.Optimizer);
  expect(inner.lossFunctions).toHaveLength(1);
  expect(inner.metricsTensors).toEqual([[expect.any(Function), 0]]);
  expect(inner.collectedTrainableWeights).toHaveLength(2);
  expect(inner.inputNames).toHaveLength(1);
  expect(inner.outputNames).toEqual(["d"]);
  expect(inner.outputs).toHaveLength(1);
});

test("the functions of a step take inputs and targets in one list, and give loss and metrics", () => {
  const names: (keyof ModelInternals)[] = ["makeTrainFunction", "makeTestFunction", "call", "standardizeUserData"];
  for (const name of names) expect(inner[name]).toBeInstanceOf(Function);
  const trained = inner.makeTrainFunction()([x, y]);
  expect(trained).toHaveLength(2);
  inner.makeTestFunction();
  const tested = inner.testFunction([x, y]);
  expect(tested).toHaveLength(2);
  expect(tested[0]!.dataSync()[0]).toBeLessThan(trained[0]!.dataSync()[0]!);
  const [output] = [inner.call([x], { training: false })].flat();
  expect(output!.shape).toEqual([6, 1]);
});

test("fit passes step, data, labels, sizes and validation to fitLoop, in this order", async () => {
  const { spy, calls } = spied("fitLoop", Promise.resolve("history"));
  const options = { batchSize: 4, epochs: 3, verbose: 0 as const, validationData: [x, y] as [tf.Tensor, tf.Tensor] };
  expect(await inner.fit.call(spy, x, y, options)).toBe("history");
  const [train, data, labels, batchSize, epochs, verbose, callbacks, test, validation, shuffle] = calls[0]!.args;
  expect(calls[0]!.owner).toBe(spy);
  expect([train, test]).toEqual([expect.any(Function), expect.any(Function)]);
  // Null: no weights of samples.
  expect((data as (tf.Tensor | null)[]).map((part) => part?.shape ?? null)).toEqual([x.shape, y.shape, null]);
  expect((validation as tf.Tensor[]).map(({ shape }) => shape)).toEqual([x.shape, y.shape]);
  expect(labels).toEqual(["loss", "mae"]);
  expect({ batchSize, epochs, verbose, callbacks, shuffle }).toMatchObject({ batchSize: 4, epochs: 3, verbose: 0 });
  expect(shuffle).toBeUndefined();
});

test("fitLoop calls the step between the callbacks of a batch, and testLoop of its owner for validation", async () => {
  const order: string[] = [];
  const nothing = async () => {};
  const callback = {
    ...{ setParams: () => {}, setModel: () => {}, onTrainBegin: nothing, onTrainEnd: nothing, onEpochBegin: nothing },
    onEpochEnd: async (_: number, logs: Record<string, number>) => {
      order.push(Object.keys(logs).sort().join());
    },
    onBatchBegin: async (batch: number) => {
      order.push(`begin ${batch}`);
    },
    onBatchEnd: async () => {
      order.push("end");
    },
  };
  const { spy, calls } = spied("testLoop", [tf.scalar(3), tf.scalar(4)]);
  const step = ([rows]: readonly (tf.Tensor | null)[]) => {
    order.push(`step ${rows!.shape[0]}`);
    return [tf.scalar(1), tf.scalar(2)];
  };
  const labels = ["loss", "mae"];
  const test = () => [];
  await inner.fitLoop.call(spy, step, [x, y], labels, 4, 1, 0, [callback], test, [x, y], false, [
    ...labels,
    "val_loss",
    "val_mae",
  ]);
  expect(order).toEqual(["begin 0", "step 4", "end", "begin 1", "step 2", "end", "loss,mae,val_loss,val_mae"]);
  expect(calls).toHaveLength(1);
});

test.each<[string, string, unknown, (owner: typeof inner) => unknown]>([
  ["predict", "predictLoop", "predicted", (owner) => inner.predict.call(owner, x, { batchSize: 2 })],
  ["evaluate", "testLoop", [tf.scalar(1)], (owner) => inner.evaluate.call(owner, x, y, { batchSize: 2 })],
])("%s calls %s of its owner", (_, name, result, call) => {
  const { spy, calls } = spied(name, result);
  expect(call(spy)).toEqual(Array.isArray(result) ? result[0] : result);
  expect(calls).toMatchObject([{ owner: spy }]);
});

/** A data set of one batch, as far as tfjs looks at it. */
function batches() {
  const iterator = () => {
    let isDone = false;
    return {
      next: async () => {
        const value = isDone ? null : { xs: x.clone(), ys: y.clone() };
        const result = { value, done: isDone };
        isDone = true;
        return result;
      },
    };
  };
  return { iterator: async () => iterator(), size: 1 };
}

test("fitDataset asks its owner for the step, once", async () => {
  const { spy, calls } = spied("makeTrainFunction", () => [tf.scalar(1), tf.scalar(2)]);
  const history = await inner.fitDataset.call(spy, batches() as never, { epochs: 2, verbose: 0 });
  expect(calls).toHaveLength(1);
  expect(history.history).toMatchObject({ loss: [1, 1], mae: [2, 2] });
});

test("evaluateDataset calls testFunction of its owner", async () => {
  const { spy, calls } = spied("testFunction", [tf.scalar(1), tf.scalar(2)]);
  const means = (await inner.evaluateDataset.call(spy, batches() as never, {})) as tf.Scalar[];
  expect(calls).toHaveLength(1);
  expect(means.map((mean) => mean.dataSync()[0])).toEqual([1, 2]);
});

test("standardizeUserData gives a weight for each image from the weights of classes", async () => {
  const classifier = layers.sequential({
    layers: [layers.layers.dense({ units: 2, inputShape: [1], activation: "softmax" })],
  });
  classifier.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
  const classes = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1], "int32"), 2);
  const [inputs, targets, weights] = await trainedModel(classifier).standardizeUserData(x, classes, null, {
    0: 1,
    1: 3,
  });
  expect([inputs.length, targets.length]).toEqual([1, 1]);
  expect(Array.from(weights![0]!.dataSync())).toEqual([1, 3, 1, 3, 1, 3]);
  classifier.dispose();
});

test("a recurrent layer calls RNN's call, which calls its cell once for each step with states that it takes or makes", () => {
  const { RNN } = tf.serialization.SerializationMap.getMap().classNameMap;
  const call = vi.spyOn(
    RNN![0]!.prototype as unknown as { call: (x: tf.Tensor, options: object) => tf.Tensor },
    "call",
  );
  const layer = layers.layers.lstm({ units: 2, recurrentInitializer: "zeros" });
  const x = tf.ones([1, 3, 1]);
  layer.apply(x);
  expect(call.mock.calls[0]![0]).toBe(x);
  const { cell, ...rest } = layer as unknown as {
    cell: { call: (x: tf.Tensor[], options: object) => tf.Tensor[]; stateSize: number[]; dropout: number };
  };
  const { getStates, getInitialState } = Object.getPrototypeOf(Object.getPrototypeOf(layer)) as {
    getStates: () => unknown[];
    getInitialState: (x: tf.Tensor) => tf.Tensor[];
  };
  expect(rest).toMatchObject({ goBackwards: false, returnSequences: false });
  expect(layer.stateful).toBe(false);
  expect(getStates.call(layer)).toEqual([null, null]);
  expect(getInitialState.call(layer, x).map(({ shape }) => shape)).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(cell.stateSize).toEqual([2, 2]);
  const own = tf.ones([1, 2]);
  const step = vi.spyOn(cell, "call").mockReturnValue([own, own, own]);
  layer.apply(x, { initialState: [own, own] });
  expect(step).toHaveBeenCalledTimes(3);
  expect(step.mock.calls[0]![0].slice(1)).toEqual([own, own]);
});

test("the first state of tfjs' cells is their output; their classes have names", () => {
  const { simpleRNNCell, gruCell, lstmCell, stackedRNNCells } = layers.layers;
  const start = { units: 2, recurrentInitializer: "zeros" } as const;
  const cells = [
    simpleRNNCell(start),
    gruCell(start),
    lstmCell(start),
    stackedRNNCells({ cells: [gruCell(start), lstmCell(start)] }),
  ];
  expect(cells.map((cell) => (cell.constructor as unknown as { className: string }).className)).toEqual([
    "SimpleRNNCell",
    "GRUCell",
    "LSTMCell",
    "StackedRNNCells",
  ]);
  for (const cell of cells) {
    cell.build([1, 2]);
    const sizes = [(cell as unknown as { stateSize: number | number[] }).stateSize].flat();
    const outputs = cell.call([tf.ones([1, 2]), ...sizes.map((size) => tf.zeros([1, size]))], {}) as tf.Tensor[];
    expect(outputs[0]).toBe(outputs[1]);
    expect(outputs.slice(1).map(({ shape }) => shape[1])).toEqual(sizes);
  }
});
