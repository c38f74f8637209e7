import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { normalRng } from "../../test/normal-rng.js";
import { uniformTensor } from "../../test/numbers.js";
import {
  ConditionalFlow,
  type FlowFamily,
  maskedAutoregressiveFlow,
  planarFlow,
  realNVPFlow,
  TrainableFlow,
} from "../index.js";
import { FlowLayer, type FlowLayerArgs } from "./index.js";

const oneLayer = (args: FlowLayerArgs, inputShape = [2]) => {
  const model = tfl.sequential();
  model.add(new FlowLayer({ ...args, inputShape }));
  return model;
};

async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  // Through JSON text, as in a file.
  const { weightData, ...rest } = artifacts as tf.io.ModelArtifacts;
  return tfl.loadLayersModel(tf.io.fromMemory({ ...JSON.parse(JSON.stringify(rest)), weightData }));
}

describe("FlowLayer", () => {
  test("is the TrainableFlow of the same draws, in both directions and with its log-determinant", () => {
    const family = realNVPFlow({ size: 2, depth: 2, hidden: [6] });
    const flow = new TrainableFlow(family, { rng: normalRng(1) });
    const x = uniformTensor(2, [5, 2], -1, 1);
    for (const direction of ["forward", "inverse"] as const) {
      const { value, logDet } = direction === "forward" ? flow.forwardAndLogDet(x) : flow.inverseAndLogDet(x);
      const of = (output: FlowLayerArgs["output"]) =>
        new FlowLayer({ flow: family, direction, output, rng: normalRng(1) }).apply(x) as tf.Tensor | tf.Tensor[];
      expect(of("value") as tf.Tensor).toBeAllClose(value);
      const [both, column] = of("value-and-log-det") as [tf.Tensor, tf.Tensor];
      expect(both).toBeAllClose(value);
      expect(column).toBeAllClose(tf.expandDims(logDet, -1));
      const normal = tf.sub(tf.mul(-0.5, tf.sum(tf.square(value), -1)), Math.log(2 * Math.PI));
      expect(of("log-prob") as tf.Tensor).toBeAllClose(tf.expandDims(tf.add(normal, logDet), -1), { rtol: 1e-5 });
    }
    flow.dispose();
  });

  test("a LayersModel owns its weights, and fit trains them", async () => {
    const flow = maskedAutoregressiveFlow({ size: 2, depth: 2, hidden: [8] });
    const model = oneLayer({ flow, direction: "inverse", output: "log-prob", rng: normalRng(3) });
    expect(model.trainableWeights).toHaveLength(8);
    expect(model.countParams()).toBe(flow.parameterCount);
    model.compile({ optimizer: tf.train.adam(0.03), loss: (_, logProb) => tf.neg(tf.mean(logProb as tf.Tensor)) });
    // A Gaussian of deviations 2 and 0.5, correlated: -log-density 2.66 by its entropy.
    const noise = normalRng(4).normal([512, 2]);
    const data = tf.matMul(
      noise,
      tf.tensor2d([
        [2, 0.4],
        [0, 0.3],
      ]),
    );
    const entropy = Math.log(2 * Math.PI * Math.E) + Math.log(0.6);
    const history = await model.fit(data, tf.zeros([512, 1]), { epochs: 30, batchSize: 128, verbose: 0 });
    const losses = history.history.loss as number[];
    expect(losses[0]).toBeGreaterThan(entropy + 0.3);
    expect(Math.abs((losses.at(-1) as number) - entropy)).toBeLessThan(0.15);
    model.dispose();
  });

  const saved: Record<string, FlowFamily> = {
    planar: planarFlow({ size: 2, depth: 2 }),
    "masked autoregressive": maskedAutoregressiveFlow({ size: 2, depth: 2, hidden: [4], activation: "relu" }),
  };

  test.each(Object.entries(saved))("a model with a %s flow saves and loads", async (_, flow) => {
    const model = oneLayer({ flow, output: "value", batchShape: [3], rng: normalRng(5) }, [3, 2]);
    const again = await savedAndLoaded(model);
    const x = uniformTensor(6, [4, 3, 2], -1, 1);
    expect(again.predict(x) as tf.Tensor).toBeAllClose(model.predict(x) as tf.Tensor, { rtol: 0, atol: 0 });
    expect(again.outputs[0]?.shape).toEqual([null, 3, 2]);
  });

  test("an encoder's output makes a flow for each example, inside one model that saves and loads", async () => {
    const family = planarFlow({ size: 2 });
    const [x, features] = [tfl.input({ shape: [2] }), tfl.input({ shape: [4] })];
    const deviations = tfl.layers.dense({ units: family.parameterCount }).apply(features) as tfl.SymbolicTensor;
    const layer = new FlowLayer({ flow: family, deviations: true, output: "value-and-log-det", rng: normalRng(7) });
    const model = tfl.model({ inputs: [x, features], outputs: layer.apply([x, deviations]) as tfl.SymbolicTensor[] });
    const inputs = [uniformTensor(8, [3, 2], -1, 1), uniformTensor(9, [3, 4], -1, 1)];
    const [value, logDet] = model.predict(inputs) as [tf.Tensor, tf.Tensor];
    expect([value.shape, logDet.shape]).toEqual([
      [3, 2],
      [3, 1],
    ]);
    const [kernel, bias] = model.getWeights() as [tf.Tensor, tf.Tensor];
    const output = tf.add(tf.matMul(inputs[1] as tf.Tensor, kernel), bias);
    const base = tf.concat(layer.getWeights().map((weight) => tf.reshape(weight, [-1])));
    const expected = new ConditionalFlow(family, { parameters: tf.add(output, base) });
    expect(value).toBeAllClose(expected.forward(inputs[0] as tf.Tensor), { rtol: 1e-5, atol: 1e-6 });
    const again = (await savedAndLoaded(model)).predict(inputs) as [tf.Tensor, tf.Tensor];
    expect(again[1]).toBeAllClose(logDet, { rtol: 0, atol: 0 });
  });

  test("a context is an input of its own", () => {
    const flow = realNVPFlow({ size: 2, hidden: [4], contextSize: 3 });
    const layer = new FlowLayer({ flow, rng: normalRng(10) });
    const x = uniformTensor(11, [3, 2], -1, 1);
    const value = layer.apply([x, uniformTensor(12, [3, 3], -1, 1)]) as tf.Tensor;
    expect(value.shape).toEqual([3, 2]);
    expect(() => new FlowLayer({ flow }).apply(x)).toThrow("FlowLayer: inputs must be x, context, got 1");
  });

  test("nothing stays in memory but the weights, and dispose frees those", () => {
    const before = tf.memory().numTensors;
    const layer = new FlowLayer({ flow: planarFlow({ size: 2 }), output: "log-prob" });
    const x = tf.zeros([4, 2]);
    tf.dispose([layer.apply(x) as tf.Tensor, x]);
    expect(tf.memory().numTensors).toBe(before + 3);
    layer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    [
      () => new FlowLayer({ flow: planarFlow({ size: 2 }), direction: "back" as never }),
      "direction must be 'forward' or 'inverse', got 'back'",
    ],
    [
      () => new FlowLayer({ flow: planarFlow({ size: 2 }), output: "x" as never }),
      "output must be 'value', 'value-and-log-det' or 'log-prob', got 'x'",
    ],
    [() => new FlowLayer({ flow: '{"kind":"glow"}' }), "flowFromConfig: kind must be one of"],
    [
      () => new FlowLayer({ flow: planarFlow({ size: 2 }) }).apply(tf.zeros([1, 3])),
      "FlowLayer: the input needs 2 coordinates on its last axis, as many as the planar flow, got shape [1,3]",
    ],
  ])("refuses %o", (call, message) => {
    expect(call).toThrow(message);
  });
});
