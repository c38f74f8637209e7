import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { printGraph } from "../src/ir/print-graph.js";
import { jitModel } from "../src/layers/jit-model.js";
import { simplifyGraph } from "../src/passes/simplify.js";
import { flatten } from "../src/trace/structure.js";
import { traceFunction } from "../src/trace/trace-function.js";
import { expectClose } from "./expect-close.js";
import { provider } from "./provider.js";
import { jit } from "./single-thread.js";
import { TestRng } from "./test-rng.js";
import { graphFaults } from "./verify-graph.js";

const STEPS = 12;
const { gru, lstm, simpleRNN, rnn, bidirectional, dense, masking, embedding } = layers.layers;
const start = { kernelInitializer: "glorotUniform", recurrentInitializer: "glorotUniform" } as const;

const noise = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Sequences of different lengths: the steps behind the end are zero, which a masking layer skips. */
function ragged(seed: number): tf.Tensor {
  const lengths = tf.tensor([STEPS, 5, 9], [3, 1, 1]);
  const steps = tf.reshape(tf.range(0, STEPS), [1, STEPS, 1]);
  return tf.mul(noise([3, STEPS, 2], seed), tf.cast(tf.less(steps, lengths), "float32"));
}

type Model = layers.LayersModel;
const inputShape = [STEPS, 2];
const models: Record<string, () => Model> = {
  "simpleRNN that returns its sequence": () =>
    layers.sequential({ layers: [simpleRNN({ units: 4, ...start, returnSequences: true, inputShape })] }),
  gru: () => layers.sequential({ layers: [gru({ units: 4, ...start, inputShape })] }),
  "gru backwards": () =>
    layers.sequential({ layers: [gru({ units: 4, ...start, goBackwards: true, returnSequences: true, inputShape })] }),
  "lstm with regularizers and other activations": () =>
    layers.sequential({
      layers: [
        lstm({
          ...{ units: 4, ...start, inputShape, activation: "relu", recurrentActivation: "sigmoid" },
          ...{ kernelRegularizer: "l1l2", recurrentRegularizer: "l1l2", useBias: false },
        }),
      ],
    }),
  "lstm on gru": () =>
    layers.sequential({
      layers: [gru({ units: 3, ...start, returnSequences: true, inputShape }), lstm({ units: 4, ...start })],
    }),
  "a stack of cells": () =>
    layers.sequential({
      layers: [
        rnn({
          cell: [layers.layers.gruCell({ units: 3, ...start }), layers.layers.lstmCell({ units: 4, ...start })],
          returnSequences: true,
          inputShape,
        } as never),
      ],
    }),
  "a bidirectional lstm": () =>
    layers.sequential({
      layers: [
        bidirectional({
          layer: lstm({ units: 3, ...start, returnSequences: true }) as never,
          mergeMode: "concat",
          inputShape,
        } as never),
      ],
    }),
  "a masked gru": () =>
    layers.sequential({
      layers: [masking({ maskValue: 0, inputShape }), gru({ units: 4, ...start, returnSequences: true })],
    }),
  "an lstm with states in and out": () => {
    const x = layers.input({ shape: inputShape });
    const first = lstm({ units: 4, ...start, returnState: true });
    const [, h, c] = first.apply(x) as layers.SymbolicTensor[];
    const second = lstm({ units: 4, ...start, returnSequences: true });
    return layers.model({ inputs: x, outputs: second.apply(x, { initialState: [h!, c!] }) as layers.SymbolicTensor });
  },
  "a gru that is applied twice": () => {
    const x = layers.input({ shape: inputShape });
    const shared = gru({ units: 2, ...start, returnSequences: true });
    return layers.model({ inputs: x, outputs: shared.apply(shared.apply(x)) as layers.SymbolicTensor });
  },
};

/** Nodes of a compiled function by type, as its summary counts them. */
function nodesOf(summary: string): Map<string, number> {
  return new Map([...summary.matchAll(/^ {4}(\w+) +(\d+)$/gm)].map(([, type, count]) => [type!, Number(count)]));
}

const lossOf = (model: Model, x: tf.Tensor) =>
  tf.mean(tf.square(tf.sub(model.apply(x, { training: true }) as tf.Tensor, 0.3))) as tf.Scalar;

/** The loss with regularizers, the gradients of all weights and, where it has one, of the input. */
function gradientsOf(model: Model, isOfInputToo: boolean) {
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return (x: tf.Tensor) => {
    const penalties = () => model.calculateLosses().reduce<tf.Tensor>((sum, loss) => tf.add(sum, loss), tf.scalar(0));
    const total = () => tf.add(lossOf(model, x), penalties()) as tf.Scalar;
    const { value, grads } = tf.variableGrads(total, weights);
    const ofInput = isOfInputToo ? [tf.grad((input: tf.Tensor) => lossOf(model, input))(x)] : [];
    return [value, ...weights.map(({ name }) => grads[name]!), ...ofInput];
  };
}

async function expectEagerGradients(model: Model, isOfInputToo = true): Promise<string> {
  const gradients = gradientsOf(model, isOfInputToo);
  const compiled = jit(gradients);
  for (const seed of [1, 2, 3]) {
    const x = ragged(seed);
    const results = await compiled(x);
    for (const [i, expected] of gradients(x).entries()) {
      expectClose(results[i]!, expected, { rtol: 2e-5, atol: 1e-6 }, `result ${i}`);
    }
  }
  const summary = compiled.summary();
  await compiled.dispose();
  return summary;
}

describe.skipIf(provider !== "cpu").each(Object.entries(models))("%s", (name, make) => {
  test("is a loop of the graph, with eager training's gradients", async () => {
    // tfjs cannot differentiate the masking layer by its input.
    const nodes = nodesOf(await expectEagerGradients(make(), name !== "a masked gru"));
    expect(nodes.get("Scan")).toBeGreaterThanOrEqual(2);
  });
});

test("a short sequence stays unrolled", async () => {
  const model = layers.sequential({ layers: [gru({ units: 2, ...start, inputShape: [3, 2] })] });
  const compiled = jit((x: tf.Tensor) => model.apply(x) as tf.Tensor);
  const x = noise([2, 3, 2], 1);
  expectClose(await compiled(x), model.apply(x) as tf.Tensor, { rtol: 1e-5, atol: 1e-6 }, "output");
  expect(nodesOf(compiled.summary()).has("Scan")).toBe(false);
  await compiled.dispose();
});

test("dropout keeps one mask for all steps", async () => {
  const model = layers.sequential({
    layers: [simpleRNN({ units: 400, ...start, dropout: 0.5, activation: "linear", useBias: false, inputShape })],
  });
  model.setWeights([tf.ones([2, 400]), tf.zeros([400, 400])]);
  const compiled = jit((x: tf.Tensor) => model.apply(x, { training: true }) as tf.Tensor, { rng: new TestRng(1) });
  for (let call = 0; call < 2; call++) {
    // One draw of the mask of the two inputs, doubled where it is not 0.
    const values = new Set((await compiled(tf.ones([1, STEPS, 2]))).dataSync());
    expect([...values].every((value) => [0, 2, 4].includes(value))).toBe(true);
  }
  await compiled.dispose();
});

test("the gradient of a gradient is that of the unrolled layer", async () => {
  const model = layers.sequential({
    layers: [gru({ units: 3, ...start, recurrentActivation: "sigmoid", inputShape })],
  });
  const slope = (x: tf.Tensor) => tf.grad((input: tf.Tensor) => lossOf(model, input))(x);
  const penalty = (x: tf.Tensor) => tf.grad((input: tf.Tensor) => tf.sum(tf.square(slope(input))))(x);
  const compiled = jit(penalty);
  const x = noise([2, STEPS, 2], 4);
  expectClose(await compiled(x), penalty(x), { rtol: 1e-4, atol: 1e-6 }, "gradient of the penalty");
  await compiled.dispose();
});

test("loops within the loop over steps train as eager steps", async () => {
  const make = () => layers.sequential({ layers: [lstm({ units: 3, ...start, inputShape }), dense({ units: 1 })] });
  const [eager, other] = [make(), make()];
  other.setWeights(eager.getWeights());
  const training = (model: Model) => {
    const optimizer = tf.train.adam(0.05);
    return (x: tf.Tensor) => optimizer.minimize(() => lossOf(model, x), true) as tf.Scalar;
  };
  const [step, compiled] = [training(eager), jit(training(other), { stepsPerCall: 3 })];
  for (let call = 0; call < 3; call++) {
    const x = noise([3, 4, STEPS, 2], call);
    const expected = [0, 1, 2].map((i) => step(tf.gather(x, i)));
    expectClose(await compiled(x), tf.stack(expected), { rtol: 1e-4, atol: 1e-6 }, `losses of call ${call}`);
  }
  await compiled.dispose();
});

test("a compiled model with an embedding and an LSTM trains, evaluates and predicts as the original", async () => {
  const make = () => {
    const model = layers.sequential({
      layers: [
        embedding({ inputDim: 7, outputDim: 3, maskZero: true, inputLength: STEPS }),
        lstm({ units: 4, ...start }),
        dense({ units: 1, activation: "sigmoid" }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.02), loss: "binaryCrossentropy" });
    return model;
  };
  const [eager, other] = [make(), make()];
  other.setWeights(eager.getWeights());
  const compiled = jitModel(other, { executor: "node", threads: 1 });
  const x = tf.randomUniform([10, STEPS], 0, 7, "int32", 1);
  const y = tf.cast(tf.greater(tf.sum(x, 1, true), 36), "float32");
  const options = { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 } as const;
  const [expected, actual] = [await eager.fit(x, y, options), await compiled.fit(x, y, options)];
  for (const [i, loss] of (expected.history.loss as number[]).entries()) {
    expect(Math.abs((actual.history.loss![i] as number) - loss)).toBeLessThan(1e-5);
  }
  expectClose(
    (await compiled.predict(x)) as tf.Tensor,
    eager.predict(x) as tf.Tensor,
    { rtol: 1e-4, atol: 1e-5 },
    "prediction",
  );
});

test("the graph of a trace with loops is valid before and after the passes", () => {
  const model = models["lstm on gru"]!();
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { program } = traceFunction(
    () => Object.values(tf.variableGrads(() => lossOf(model, noise([2, STEPS, 2], 1)), weights).grads),
    flatten([], "arguments"),
    [],
    { fastMath: false, rng: undefined, loops: true },
  );
  const { graph } = program;
  expect(graph.nodes.filter(({ opType }) => opType === "Scan").length).toBe(4);
  expect(graphFaults(graph), printGraph(graph)).toEqual([]);
  simplifyGraph(graph, { convolutionsAsProducts: true });
  expect(graphFaults(graph), printGraph(graph)).toEqual([]);
  expect(graph.nodes.filter(({ opType }) => opType === "Scan").length).toBe(4);
});

test("a number that changes within a step is reported", async () => {
  let calls = 0;
  const model = layers.sequential({ layers: [simpleRNN({ units: 2, ...start, inputShape })] });
  const { cell } = model.layers[0] as unknown as { cell: { activation: { apply: (x: tf.Tensor) => tf.Tensor } } };
  cell.activation = { apply: (x) => tf.mul(x, ++calls) };
  const compiled = jit((x: tf.Tensor) => model.apply(x) as tf.Tensor);
  await compiled(noise([2, STEPS, 2], 1));
  await expect(compiled(noise([2, STEPS, 2], 2))).rejects.toThrow(/reads the number 2 instead of 1/);
  await compiled.dispose();
});

test("onnxruntime-web runs loops", async () => {
  const model = models["a masked gru"]!();
  const gradients = gradientsOf(model, false);
  const compiled = jit(gradients, { executor: "web" });
  const x = ragged(1);
  const results = await compiled(x);
  for (const [i, expected] of gradients(x).entries()) {
    expectClose(results[i]!, expected, { rtol: 2e-5, atol: 1e-6 }, `result ${i}`);
  }
  expect(nodesOf(compiled.summary()).get("Scan")).toBe(2);
  await compiled.dispose();
});
