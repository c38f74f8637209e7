import { Concrete, createRng, IGR } from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { expectClose, numbers } from "../../test/values.js";
import { RelaxedCategoricalLayer, type RelaxedCategoricalLayerArgs } from "./relaxed-categorical-layer.js";

const [variables, categories] = [3, 4];
const args = { categories, temperature: 0.5, seed: 7 };
const kinds: Record<string, RelaxedCategoricalLayerArgs> = {
  "gumbel-softmax": args,
  igr: { ...args, relaxation: "igr" },
  "igr, stick-breaking": { ...args, relaxation: "igr", transform: "stick-breaking", delta: 1 },
  "igr, interpolation": { ...args, relaxation: "igr", transform: "interpolation" },
};

function between(layer: RelaxedCategoricalLayer) {
  const model = tfl.sequential();
  const kernelInitializer = () => tfl.initializers.glorotUniform({ seed: 3 });
  model.add(
    tfl.layers.dense({
      units: variables * layer.inputsPerVariable,
      inputShape: [6],
      kernelInitializer: kernelInitializer(),
    }),
  );
  model.add(layer);
  model.add(tfl.layers.dense({ units: 6, kernelInitializer: kernelInitializer() }));
  return model;
}

async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  const { weightData, ...rest } = artifacts!;
  return tfl.loadLayersModel(tf.io.fromMemory({ ...JSON.parse(JSON.stringify(rest)), weightData }));
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  test("in training, draws points of the simplex from the distribution", () => {
    const layer = new RelaxedCategoricalLayer(kind);
    const x = createRng(1).normal([5, variables * layer.inputsPerVariable]);
    const z = layer.apply(x, { training: true }) as tf.Tensor;
    expect(z.shape).toEqual([5, variables * categories]);
    const points = tf.reshape(z, [5, variables, categories]);
    expectClose(tf.sum(points, -1), new Array(15).fill(1), { rtol: 1e-5 });
    const parameters = tf.reshape(x, [5, variables, -1]);
    const [loc, logScale] = tf.split(parameters, 2, 2) as [tf.Tensor, tf.Tensor];
    const { temperature, transform, delta } = kind;
    const same =
      kind.relaxation === "igr"
        ? new IGR({ loc, scale: tf.exp(logScale), temperature, transform, delta })
        : new Concrete({ logits: parameters, temperature });
    expectClose(points, numbers(same.sample(createRng(7))), { rtol: 1e-5, atol: 1e-6 });
  });

  test("trains inside tf.sequential, and a saved model gives the same predictions", async () => {
    const model = between(new RelaxedCategoricalLayer({ ...kind, learnTemperature: false }));
    model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
    const x = tf.tanh(createRng(2).normal([64, 6]));
    const history = await model.fit(x, x, { epochs: 12, verbose: 0, shuffle: false });
    const losses = history.history.loss as number[];
    expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!);
    const loaded = await savedAndLoaded(model);
    const some = tf.slice(x, [0, 0], [2, -1]);
    expectClose(loaded.predict(some) as tf.Tensor, numbers(model.predict(some) as tf.Tensor), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });
});

test("outside of training, returns probabilities: softmax, or those of IGR's argmax", () => {
  const x = createRng(4).normal([2, variables * categories]);
  const probs = new RelaxedCategoricalLayer(args).apply(x) as tf.Tensor;
  expectClose(probs, numbers(tf.softmax(tf.reshape(x, [2, variables, categories]))), { rtol: 1e-5 });
  const y = createRng(4).normal([2, 2 * (categories - 1)]);
  const [loc, logScale] = tf.split(y, 2, 1) as [tf.Tensor, tf.Tensor];
  expectClose(
    new RelaxedCategoricalLayer({ ...args, relaxation: "igr" }).apply(y) as tf.Tensor,
    numbers(new IGR({ loc, scale: tf.exp(logScale), temperature: 0.5 }).discreteProbs()),
    { rtol: 1e-5 },
  );
  const sampled = new RelaxedCategoricalLayer({ ...args, inference: "sample", hard: true }).apply(x) as tf.Tensor;
  expect(new Set(numbers(sampled))).toEqual(new Set([0, 1]));
});

test.each([
  ["shared", 1],
  ["per-variable", variables],
] as const)(
  "a %s temperature is a weight, whose gradient finite differences confirm",
  async (learnTemperature, size) => {
    for (const relaxation of ["gumbel-softmax", "igr"] as const) {
      const layer = new RelaxedCategoricalLayer({ ...args, relaxation, learnTemperature });
      const model = between(layer);
      expect(layer.trainableWeights).toHaveLength(1);
      expectClose(layer.temperature, new Array(size).fill(0.5), { rtol: 1e-6 });
      const x = createRng(5).normal([16, variables * layer.inputsPerVariable]);
      const weights = createRng(6).normal([variables * categories]);
      const variable = layer.trainableWeights[0]!.read() as tf.Variable;
      // A fresh layer of the same seed draws the same noise.
      const loss = (logTemperature: number[]) => {
        const twin = new RelaxedCategoricalLayer({ ...args, relaxation, learnTemperature });
        twin.build([null, variables * twin.inputsPerVariable]);
        (twin.trainableWeights[0]!.read() as tf.Variable).assign(tf.tensor1d(logTemperature));
        return tf.mean(tf.mul(twin.apply(x, { training: true }) as tf.Tensor, weights)).dataSync()[0]!;
      };
      const { grads } = tf.variableGrads(
        () => tf.mean(tf.mul(layer.apply(x, { training: true }) as tf.Tensor, weights)) as tf.Scalar,
        [variable],
      );
      const start = new Array<number>(size).fill(Math.log(0.5));
      const h = 0.02;
      const differences = start.map((_, n) => {
        const moved = (step: number) => start.map((value, m) => (m === n ? value + step : value));
        return (loss(moved(h)) - loss(moved(-h))) / (2 * h);
      });
      expectClose(grads[variable.name]!, differences, { rtol: 0.01, atol: 2e-5 });
      const loaded = await savedAndLoaded(model);
      expect(loaded.countParams()).toBe(model.countParams());
    }
  },
);

test("a compiled step draws from the layer's own stream, as an eager one does", async () => {
  const [eager, compiled] = [0, 1].map(() => new RelaxedCategoricalLayer({ ...args, relaxation: "igr" }));
  const x = createRng(8).normal([4, variables * eager!.inputsPerVariable]);
  const gradient = (layer: RelaxedCategoricalLayer) =>
    tf.grad((x) => tf.sum(tf.square(layer.apply(x, { training: true }) as tf.Tensor)));
  eager!.build([null, x.shape[1]!]);
  compiled!.build([null, x.shape[1]!]);
  const step = jit((x: tf.Tensor) => gradient(compiled!)(x), { rng: compiled!.rng });
  for (let call = 0; call < 2; call++) {
    expectClose(await step(x), numbers(gradient(eager!)(x)), { rtol: 1e-4, atol: 1e-5 });
  }
  await step.dispose();
});

test("rejects unknown relaxations, and inputs whose size is not a whole number of variables", () => {
  const layer = (more: object) => () => new RelaxedCategoricalLayer({ ...args, ...more });
  expect(layer({ temperature: 0 })).toThrow("RelaxedCategoricalLayer: temperature must be a finite number > 0, got 0");
  expect(layer({ categories: 1 })).toThrow("categories must be a whole number >= 2, got 1");
  expect(layer({ relaxation: "softmax" })).toThrow("relaxation must be 'gumbel-softmax' or 'igr', got 'softmax'");
  expect(layer({ transform: "interpolation", learnTemperature: "shared" })).toThrow(
    "temperature of 'interpolation' must be in (0, 1] and fixed, got 0.5, learned",
  );
  expect(() => new RelaxedCategoricalLayer(args).apply(tf.zeros([2, 7]))).toThrow(
    "the input must be of shape [batch, ..., N * 4] (4 numbers for each variable), got [",
  );
});
