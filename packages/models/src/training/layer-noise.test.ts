import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "./fit.js";

// Compiled steps write variables of other backends, which tfjs' own leak check in tests counts as a leak.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const SIDE = 4;
const STEPS = 60;
/** Of all rows, so that a batch differs from another by the noise alone. */
const [image] = bars(1, SIDE) as [number[]];
const inputShape = [SIDE * SIDE];
const noisy = {
  dropout: () => layers.dropout({ rate: 0.5, inputShape }),
  gaussianNoise: () => layers.gaussianNoise({ stddev: 0.3, inputShape }),
  gaussianDropout: () => layers.gaussianDropout({ rate: 0.5, inputShape }),
  alphaDropout: () => layers.alphaDropout({ rate: 0.5, inputShape }),
};

/** The KL of each of `count` steps, for weights that stay as they are: IGR's is in closed form, so that only the layer's noise moves it. */
async function divergences(
  layer: keyof typeof noisy,
  engine: "eager" | "jit",
  seed: number,
  count = STEPS,
): Promise<number[]> {
  const rng = createRng(1);
  const prior = { loc: [-0.8, -0.8, -0.8], scale: [0.6, 0.6, 0.6] };
  const latent = new IgrLatent({ variables: 2, categories: 4, temperature: 0.5, prior });
  const dense = layers.dense({ units: latent.encoderOutputs, kernelInitializer: "zeros" });
  const encoder = sequential({ layers: [noisy[layer](), dense] });
  dense.setWeights([tf.mul(rng.normal([SIDE * SIDE, latent.encoderOutputs]), 0.3), tf.zeros([latent.encoderOutputs])]);
  const decoder = denseNetwork({ inputs: latent.decoderInputs, hidden: [], outputs: SIDE * SIDE, rng });
  const model = new DiscreteVAE({ encoder, decoder, latent, likelihood: new BernoulliLikelihood() });
  const steps: number[] = [];
  await fit(model, new ArrayImages(Array.from({ length: 8 * count }, () => image)), {
    epochs: 1,
    batchSize: 8,
    optimizer: tf.train.sgd(1e-30),
    rng: createRng(seed),
    engine,
    jit: { threads: 1 },
    callbacks: { onStep: ({ kl }) => void steps.push(kl) },
  });
  model.dispose();
  return steps;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values: readonly number[]) => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
};

describe.each(Object.keys(noisy) as (keyof typeof noisy)[])("an encoder with %s", (layer) => {
  test("draws from rng at each step, eagerly and compiled, with one distribution", { timeout: 120_000 }, async () => {
    const { random } = Math;
    const eager = await divergences(layer, "eager", 3);
    const compiled = await divergences(layer, "jit", 4);
    for (const [engine, steps, seed] of [
      ["eager", eager, 3],
      ["jit", compiled, 4],
    ] as const) {
      expect(new Set(steps).size, `${engine}: noise that is new at each step`).toBeGreaterThan(STEPS - 3);
      expect(await divergences(layer, engine, seed, 5), `${engine}: the same seed`).toEqual(steps.slice(0, 5));
    }
    expect(Math.random).toBe(random);
    const [first, second] = [varianceOf(eager), varianceOf(compiled)];
    expect(Math.abs(meanOf(eager) - meanOf(compiled))).toBeLessThan(4 * Math.sqrt((first + second) / STEPS));
    // The logarithm of a variance of 60 numbers has a standard error of about 0.2 for noise near to normal.
    expect(Math.abs(Math.log(first / second))).toBeLessThan(1.2);
  });
});
