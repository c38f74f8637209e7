import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { jitModel } from "../src/layers/jit-model.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const OPTIONS = { executor: "node", threads: 1 } as const;
const { dense, dropout, batchNormalization, conv2d, flatten, lstm, concatenate, maxPooling2d } = layers.layers;

const noise = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Labels to learn: the larger of each pair, one-hot. */
const labelsOf = (x: tf.Tensor) => {
  const sums = tf.sum(tf.reshape(x, [x.shape[0]!, 2, -1]), 2);
  return tf.cast(tf.oneHot(tf.argMax(sums, 1), 2), "float32");
};

/** Two models of the same weights: one for eager training, one to compile. */
function twins(make: () => layers.LayersModel): readonly [layers.LayersModel, layers.LayersModel] {
  const [eager, other] = [make(), make()];
  other.setWeights(eager.getWeights());
  return [eager, other];
}

/** The same losses, metrics and validation per epoch. */
function expectSameHistory(actual: layers.History, expected: layers.History): void {
  expect(Object.keys(actual.history).sort()).toEqual(Object.keys(expected.history).sort());
  expect(actual.epoch).toEqual(expected.epoch);
  for (const [name, values] of Object.entries(expected.history)) {
    for (const [i, value] of (values as number[]).entries()) {
      const difference = Math.abs((actual.history[name]![i] as number) - value);
      expect(difference, `${name} of epoch ${i}`).toBeLessThanOrEqual(1e-5 * Math.max(1e-2, Math.abs(value)));
    }
  }
}

function expectSameNumbers(actual: tf.Tensor | tf.Tensor[], expected: tf.Tensor | tf.Tensor[], tolerance = 1e-5): void {
  const [a, b] = [[actual].flat(), [expected].flat()];
  expect(a.map(({ shape }) => shape)).toEqual(b.map(({ shape }) => shape));
  for (const [i, tensor] of b.entries()) {
    const numbers = a[i]!.dataSync();
    for (const [j, number] of tensor.dataSync().entries()) {
      expect(Math.abs(numbers[j]! - number)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(number)));
    }
  }
}

function convolutional(): layers.LayersModel {
  const model = layers.sequential({
    layers: [
      conv2d({ filters: 3, kernelSize: 3, activation: "relu", inputShape: [6, 6, 1], kernelRegularizer: "l1l2" }),
      batchNormalization(),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dropout({ rate: 0.25, seed: 7 }),
      dense({ units: 2, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

test("a convnet with dropout, batch normalization and a regularizer: losses, accuracy and validation equal those of eager training", async () => {
  const [eager, other] = twins(convolutional);
  const compiled = jitModel(other, OPTIONS);
  const x = noise([22, 6, 6, 1], 1);
  const y = labelsOf(x);
  const args = { epochs: 3, batchSize: 8, shuffle: false, verbose: 0, validationSplit: 0.2 };
  expectSameHistory(await compiled.fit(x, y, args), await eager.fit(x, y, args));
  expectSameNumbers(await compiled.predict(x), eager.predict(x));
  expectSameNumbers(
    await compiled.evaluate(x, y, { batchSize: 5 }),
    eager.evaluate(x, y, { batchSize: 5 }) as tf.Scalar[],
  );
  // The weights, including moving averages, and the optimizer's state are those of the model.
  expectSameNumbers(other.getWeights(), eager.getWeights());
  const [slots, expected] = [await other.optimizer.getWeights(), await eager.optimizer.getWeights()];
  expectSameNumbers(
    slots.map(({ tensor }) => tensor as tf.Tensor),
    expected.map(({ tensor }) => tensor as tf.Tensor),
  );
  await compiled.dispose();
});

test("an LSTM, shuffled, with a callback that lowers the rate and one that ends the training", async () => {
  const make = () => {
    const model = layers.sequential({
      layers: [lstm({ units: 3, inputShape: [4, 2], recurrentInitializer: "glorotUniform" }), dense({ units: 1 })],
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
    return model;
  };
  const [eager, other] = twins(make);
  const compiled = jitModel(other, OPTIONS);
  const x = noise([12, 4, 2], 2);
  const y = tf.reshape(tf.sum(x, [1, 2]), [12, 1]);
  const run = async (model: layers.LayersModel, fit: typeof compiled.fit) => {
    const seen: number[] = [];
    let random = 0;
    vi.spyOn(Math, "random").mockImplementation(() => (random = (random + 0.381966) % 1));
    const history = await fit(x, y, {
      epochs: 6,
      batchSize: 4,
      verbose: 0,
      callbacks: {
        onBatchEnd: async (_, logs) => void seen.push(logs!.loss!),
        onEpochEnd: async (epoch) => {
          (model.optimizer as tf.SGDOptimizer).setLearningRate(0.1 / (epoch + 2));
          if (epoch === 3) (model as unknown as { model: layers.LayersModel }).model.stopTraining = true;
        },
      },
    });
    return { history, seen };
  };
  const actual = await run(other, (...args) => compiled.fit(...args));
  const expected = await run(eager, (...args) => eager.fit(...(args as Parameters<typeof eager.fit>)));
  expect(expected.history.epoch).toEqual([0, 1, 2, 3]);
  expectSameHistory(actual.history, expected.history);
  for (const [i, loss] of expected.seen.entries()) expect(actual.seen[i]).toBeCloseTo(loss, 5);
  await compiled.dispose();
});

/** Two inputs, two outputs, a custom metric. */
function branching(): layers.LayersModel {
  const [left, right] = [layers.input({ shape: [3], name: "left" }), layers.input({ shape: [2], name: "right" })];
  const joined = concatenate().apply([left, right]) as layers.SymbolicTensor;
  const hidden = dense({ units: 4, activation: "tanh" }).apply(joined) as layers.SymbolicTensor;
  const category = dense({ units: 2, activation: "softmax", name: "category" }).apply(hidden) as layers.SymbolicTensor;
  const amount = dense({ units: 1, name: "amount" }).apply(hidden) as layers.SymbolicTensor;
  const model = layers.model({ inputs: [left, right], outputs: [category, amount] });
  const largest = (target: tf.Tensor, output: tf.Tensor) => tf.max(tf.abs(tf.sub(target, output)));
  model.compile({
    optimizer: tf.train.rmsprop(0.01),
    loss: ["categoricalCrossentropy", "meanSquaredError"],
    metrics: { category: "accuracy", amount: largest },
  });
  return model;
}

const branchingData = (rows: number, seed: number) => {
  const left = noise([rows, 3], seed);
  const right = noise([rows, 2], seed + 1);
  return { xs: { left, right }, ys: { category: labelsOf(right), amount: tf.sum(left, 1, true) } };
};

describe("two inputs, two outputs and a custom metric", () => {
  const list = ({ xs, ys }: ReturnType<typeof branchingData>) =>
    [
      [xs.left, xs.right],
      [ys.category, ys.amount],
    ] as [tf.Tensor[], tf.Tensor[]];

  test("fit with class weights and validation data, trainOnBatch, evaluate, predict", async () => {
    const [eager, other] = twins(branching);
    const compiled = jitModel(other, OPTIONS);
    const [x, y] = list(branchingData(10, 3));
    const args = {
      ...{ epochs: 2, batchSize: 4, shuffle: false, verbose: 0 },
      classWeight: [{ 0: 1, 1: 3 }, null] as unknown as layers.ClassWeight[],
      validationData: list(branchingData(6, 5)) as [tf.Tensor[], tf.Tensor[]],
    };
    expectSameHistory(await compiled.fit(x, y, args), await eager.fit(x, y, args));
    const numbers = (await compiled.trainOnBatch(x, y)) as number[];
    for (const [i, number] of ((await eager.trainOnBatch(x, y)) as number[]).entries()) {
      expect(numbers[i]).toBeCloseTo(number, 5);
    }
    expectSameNumbers(await compiled.evaluate(x as never, y as never), eager.evaluate(x, y) as tf.Scalar[]);
    expectSameNumbers(await compiled.predict(x), eager.predict(x));
    await compiled.dispose();
  });

  /** The interface of tf.data. */
  const dataset = (sizes: readonly number[]) => ({
    size: sizes.length,
    iterator: async () => {
      const batches = sizes.map((size, i) => branchingData(size, 10 * i + 1));
      return {
        next: async () => {
          const value = batches.shift();
          return value ? { value, done: false } : { value: null, done: true };
        },
      };
    },
  });

  test("fitDataset with validation by a dataset and by tensors, evaluateDataset", async () => {
    const [eager, other] = twins(branching);
    const compiled = jitModel(other, OPTIONS);
    const data = dataset([4, 4, 2]);
    const both = (args: object) =>
      Promise.all([
        compiled.fitDataset(data, { epochs: 2, verbose: 0, ...args } as never),
        eager.fitDataset(data as never, { epochs: 2, verbose: 0, ...args } as never),
      ]);
    expectSameHistory(...(await both({ validationData: dataset([3, 3]) })));
    expectSameHistory(...(await both({ validationData: list(branchingData(6, 5)), validationBatchSize: 4 })));
    eager.evaluate(...(list(branchingData(1, 1)) as [tf.Tensor[], tf.Tensor[]]));
    expectSameNumbers(
      await compiled.evaluateDataset(data),
      (await eager.evaluateDataset(data as never, {})) as tf.Scalar[],
    );
    await compiled.dispose();
  });
});

test("the model is compiled again, trainable toggled, weights set and the model saved in between", async () => {
  const [eager, other] = twins(convolutional);
  const compiled = jitModel(other, OPTIONS);
  const x = noise([8, 6, 6, 1], 1);
  const y = labelsOf(x);
  const step = async () => {
    const [loss] = (await compiled.trainOnBatch(x, y)) as number[];
    const [expected] = (await eager.trainOnBatch(x, y)) as number[];
    expect(Math.abs(loss! - expected!)).toBeLessThanOrEqual(1e-5 * expected!);
    expectSameNumbers(other.getWeights(), eager.getWeights());
  };
  await step();
  await step();
  for (const model of [eager, other]) model.layers[0]!.trainable = false;
  const frozen = other.layers[0]!.getWeights()[0]!.dataSync();
  await step();
  expect(other.layers[0]!.getWeights()[0]!.dataSync()).toEqual(frozen);
  for (const model of [eager, other]) {
    model.layers[0]!.trainable = true;
    model.compile({ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError", metrics: ["accuracy"] });
  }
  await step();
  expect(other.layers[0]!.getWeights()[0]!.dataSync()).not.toEqual(frozen);
  for (const model of [eager, other]) model.setWeights(model.getWeights().map((weight) => tf.mul(weight, 0.5)));
  await step();
  let saved: tf.io.ModelArtifacts | undefined;
  const keep: tf.io.IOHandler = {
    save: async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  };
  await other.save(keep);
  const loaded = await layers.loadLayersModel(tf.io.fromMemory(saved!));
  expectSameNumbers(loaded.predict(x) as tf.Tensor, await compiled.predict(x));
  await step();
  await compiled.dispose();
  await step();
  await compiled.dispose();
});

test("dropout without a seed draws anew at each step, without an option", async () => {
  const model = layers.sequential({ layers: [dropout({ rate: 0.5, inputShape: [64] }), dense({ units: 1 })] });
  // With a learning rate of 0, only the masks make the losses differ.
  model.compile({ optimizer: tf.train.sgd(0), loss: "meanSquaredError" });
  const compiled = jitModel(model, OPTIONS);
  const losses = new Set<number>();
  for (let i = 0; i < 5; i++) losses.add((await compiled.trainOnBatch(tf.ones([2, 64]), tf.ones([2, 1]))) as number);
  expect(losses.size).toBe(5);
  await compiled.dispose();
});

test("the number of tensors does not grow over epochs", async () => {
  const model = branching();
  const compiled = jitModel(model, OPTIONS);
  const { xs, ys } = branchingData(10, 3);
  const data = [
    [xs.left, xs.right],
    [ys.category, ys.amount],
  ] as [tf.Tensor[], tf.Tensor[]];
  const fit = () => compiled.fit(...data, { epochs: 1, batchSize: 4, verbose: 0, validationData: data });
  await fit();
  await fit();
  const { numTensors } = tf.memory();
  await fit();
  tf.dispose(await compiled.predict(data[0]));
  tf.dispose(await compiled.evaluate(...(data as unknown as [tf.Tensor, tf.Tensor])));
  expect(tf.memory().numTensors).toBe(numTensors);
  await compiled.dispose();
});

test("rejects values that are not models", () => {
  expect(() => jitModel({} as layers.LayersModel)).toThrow(/expected a tf\.LayersModel/);
  expect(() => jitModel(undefined as never)).toThrow(/expected a tf\.LayersModel/);
});
