import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import type { Latent } from "../latent/latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "../training/fit.js";
import { prepareStep } from "./step-engine.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const SIDE = 4;
const size = { variables: 2, categories: 4 };
const prior = { loc: [-0.8, -0.8, -0.8], scale: [0.6, 0.6, 0.6] };

function makeModel(latent: Latent): DiscreteVAE {
  const rng = createRng(1);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: SIDE * SIDE, hidden: [16], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [16], outputs: SIDE * SIDE, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

/** Every ELBO and KL of every step, and the evaluations. */
async function trajectory(latent: Latent, engine: "jit" | "eager" | "auto") {
  const model = makeModel(latent);
  const steps: number[] = [];
  const history = await fit(model, new ArrayImages(bars(48, SIDE)), {
    epochs: 2,
    batchSize: 8,
    optimizer: tf.train.adam(0.03),
    rng: createRng(3),
    validationData: new ArrayImages(bars(10, SIDE)),
    engine,
    jit: { threads: 1 },
    callbacks: { onStep: ({ elbo, kl }) => void steps.push(elbo, kl) },
  });
  const evaluations = history.epochs.flatMap(({ validation }) => [validation!.elbo, validation!.kl]);
  const weights = model.trainableVariables.map(numbers);
  model.dispose();
  return { engine: history.engine, steps, evaluations, weights };
}

describe.each([
  ["IGR", () => new IgrLatent({ ...size, temperature: 0.5, prior })],
  ["Gumbel-Softmax", () => new GumbelSoftmaxLatent({ ...size, temperature: 0.5 })],
])("training compiled, %s", (_, latent) => {
  test("agrees with the eager engine at every step, and repeats bit for bit", async () => {
    const eager = await trajectory(latent(), "eager");
    const jit = await trajectory(latent(), "jit");
    expect([eager.engine, jit.engine]).toEqual(["eager", "jit"]);
    expect(jit.steps).toHaveLength(eager.steps.length);
    for (const [i, value] of [...jit.steps, ...jit.evaluations].entries()) {
      const expected = [...eager.steps, ...eager.evaluations][i]!;
      expect(Math.abs(value - expected)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)));
    }
    expect(await trajectory(latent(), "jit")).toEqual(jit);
  });
});

test("auto compiles if a runtime is installed", async () => {
  expect((await trajectory(new IgrLatent({ ...size, temperature: 0.5, prior }), "auto")).engine).toBe("jit");
});

test("after compiled training only the model's tensors remain", async () => {
  const model = makeModel(new IgrLatent({ ...size, temperature: 0.5, prior }));
  const before = tf.memory().numTensors;
  const counts: number[] = [];
  await fit(model, new ArrayImages(bars(64, SIDE)), {
    epochs: 2,
    batchSize: 8,
    rng: createRng(1),
    engine: "jit",
    jit: { threads: 1 },
    callbacks: { onStep: () => void counts.push(tf.memory().numTensors) },
  });
  // The first steps trace.
  expect(new Set(counts.slice(3)).size).toBe(1);
  expect(tf.memory().numTensors).toBe(before);
});

test("checkpoints of compiled training have the trained weights", async () => {
  const dir = await mkdtemp(join(tmpdir(), "igr-compiled-"));
  try {
    const model = makeModel(new IgrLatent({ ...size, temperature: 0.5, prior }));
    const start = model.trainableVariables.map(numbers);
    let loaded: number[][] = [];
    await fit(model, new ArrayImages(bars(16, SIDE)), {
      epochs: 1,
      batchSize: 8,
      rng: createRng(1),
      engine: "jit",
      jit: { threads: 1 },
      checkpoint: { dir },
      callbacks: {
        onEpoch: async () => {
          loaded = (await load(dir)).trainableVariables.map(numbers);
        },
      },
    });
    expect(loaded).toEqual(model.trainableVariables.map(numbers));
    expect(loaded).not.toEqual(start);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test("an abort of compiled training leaves a checkpoint of the finished steps", async () => {
  const dir = await mkdtemp(join(tmpdir(), "igr-compiled-"));
  try {
    const model = makeModel(new IgrLatent({ ...size, temperature: 0.5, prior }));
    const start = model.trainableVariables.map(numbers);
    const controller = new AbortController();
    const run = fit(model, new ArrayImages(bars(64, SIDE)), {
      epochs: 1,
      batchSize: 8,
      rng: createRng(1),
      engine: "jit",
      jit: { threads: 1 },
      checkpoint: { dir },
      signal: controller.signal,
      callbacks: { onStep: ({ step }) => (step === 5 ? controller.abort(new Error("enough")) : undefined) },
    });
    await expect(run).rejects.toThrow("enough");
    const loaded = (await load(dir)).trainableVariables.map(numbers);
    expect(loaded).toEqual(model.trainableVariables.map(numbers));
    expect(loaded).not.toEqual(start);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test("an eager step keeps only its result", async () => {
  const step = await prepareStep((x) => tf.add(tf.square(x), tf.exp(x)), {
    owner: "test",
    engine: "eager",
    rng: createRng(1),
  });
  const x = tf.scalar(0);
  const before = tf.memory().numTensors;
  const y = await step.run(x);
  expect(numbers(y)).toEqual([1]);
  expect(tf.memory().numTensors).toBe(before + 1);
  await step.dispose();
});
