import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, regularizers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { fit } from "../training/fit.js";
import { regularizationOf } from "./regularization.js";

// Compiled steps write variables of other backends, which tfjs' own leak check in tests counts as a leak.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const [l1, l2] = [0.03, 0.2];
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const weightsOf = (network: LayersModel) => network.getWeights().map((weight) => Array.from(weight.dataSync()));

function makeModel(isRegularized: boolean): DiscreteVAE {
  const latent = new GumbelSoftmaxLatent({ variables: 2, categories: 3, temperature: 0.5 });
  const initializer = { kernelInitializer: "glorotUniform", biasInitializer: "glorotUniform" } as const;
  const dense = (inputs: number, units: number) =>
    layers.dense({
      ...initializer,
      inputShape: [inputs],
      units,
      ...(isRegularized
        ? { kernelRegularizer: regularizers.l1l2({ l1, l2 }), biasRegularizer: regularizers.l2({ l2 }) }
        : {}),
    });
  const encoder = sequential({ layers: [dense(9, latent.encoderOutputs)] });
  const decoder = sequential({ layers: [dense(latent.decoderInputs, 9)] });
  const rng = createRng(3);
  for (const network of [encoder, decoder]) {
    network.setWeights(network.getWeights().map((weight) => rng.normal(weight.shape)));
  }
  return new DiscreteVAE({ encoder, decoder, latent, likelihood: new BernoulliLikelihood() });
}

/** l1 |w| + l2 w^2 of kernels, l2 b^2 of biases, in float64. */
const expectedPenalty = (model: DiscreteVAE) =>
  sum(
    [model.encoder, model.decoder].flatMap((network) => {
      const [kernel, bias] = weightsOf(network) as [number[], number[]];
      return [...kernel.map((w) => l1 * Math.abs(w) + l2 * w * w), ...bias.map((b) => l2 * b * b)];
    }),
  );

test("the penalties of encoder and decoder are part of the loss and not of the bound", () => {
  const [plain, regularized] = [makeModel(false), makeModel(true)];
  const x = tf.tensor2d(bars(4, 3));
  expect(plain.regularization()).toBeUndefined();
  expectClose(regularized.regularization()!, [expectedPenalty(regularized)], { rtol: 1e-6 });
  const [rng, same] = [createRng(5), createRng(5)];
  const without = plain.loss(x, rng).dataSync()[0] as number;
  expectClose(regularized.loss(x, same), [without + expectedPenalty(regularized)], { rtol: 1e-6 });
  expect(numbers(regularized.elbo(x, createRng(5)).elbo)).toEqual(numbers(plain.elbo(x, createRng(5)).elbo));
});

test.each(["eager", "jit"] as const)("a step of fit includes their derivatives, %s", async (engine) => {
  const [rate, models] = [0.01, [makeModel(false), makeModel(true)] as const];
  const before = weightsOf(models[0].encoder);
  const penalty = expectedPenalty(models[1]);
  const histories = [];
  for (const model of models) {
    const options = { epochs: 1, batchSize: 8, optimizer: tf.train.sgd(rate), rng: createRng(1), engine };
    histories.push(await fit(model, new ArrayImages(bars(8, 3)), options));
  }
  const [plain, regularized] = models.map((model) => weightsOf(model.encoder)) as [number[][], number[][]];
  for (const [i, weights] of before.entries()) {
    const pulled = weights.map(
      (w, k) => (plain[i]?.[k] as number) - rate * ((i === 0 ? l1 * Math.sign(w) : 0) + 2 * l2 * w),
    );
    expectClose(regularized[i]!, pulled, { rtol: 1e-4, atol: 1e-6 });
  }
  const [first, second] = histories.map(({ epochs }) => epochs[0]?.train);
  expect(second?.elbo).toBeCloseTo(first?.elbo as number, 4);
  expect((second?.loss as number) + (second?.elbo as number)).toBeCloseTo(penalty, 4);
  expect(second?.terms?.regularization).toBeCloseTo(penalty, 4);
  expect(first?.terms?.regularization).toBeUndefined();
});

test("weights inside nested networks, wrappers and recurrent cells count once each", () => {
  const kernelRegularizer = regularizers.l2({ l2 });
  const inner = sequential({ layers: [layers.dense({ inputShape: [4], units: 2, kernelRegularizer })] });
  const dense = layers.dense({ units: 3, kernelRegularizer });
  const network = sequential({
    layers: [
      layers.timeDistributed({ inputShape: [5, 4], layer: inner }),
      layers.timeDistributed({ layer: dense }),
      layers.bidirectional({
        layer: layers.gru({ units: 2, kernelRegularizer, recurrentInitializer: "glorotNormal" }),
        mergeMode: "concat",
      }),
    ],
  });
  const squares = (weights: readonly tf.Tensor[]) =>
    sum(weights.map((weight) => sum(Array.from(weight.dataSync(), (w) => w * w))));
  const kernels = network.weights.filter((weight) => /\/kernel/.test(weight.originalName)).map((w) => w.read());
  expect(kernels.length).toBe(4);
  expectClose(regularizationOf([network, network])!, [l2 * squares(kernels)]);
});

test("tf.layers throws for activity regularizers of dense and convolutional layers, and drops those of recurrent ones and layers.activation", () => {
  const activityRegularizer = regularizers.l2({ l2 });
  for (const layer of [
    layers.dense({ inputShape: [2], units: 1, activityRegularizer }),
    layers.conv2d({ inputShape: [4, 4, 1], filters: 1, kernelSize: 3, activityRegularizer }),
  ]) {
    expect(() => sequential({ layers: [layer] })).toThrow("activity regularizer(s) is not supported yet");
  }
  // Their types have none of the option.
  const dropping = { inputShape: [3, 2], units: 1, recurrentInitializer: "glorotNormal", activityRegularizer } as const;
  for (const layer of [
    layers.activation({ inputShape: [2], activation: "relu", activityRegularizer } as never),
    layers.simpleRNN(dropping as never),
  ]) {
    expect(regularizationOf([sequential({ layers: [layer] })])).toBeUndefined();
  }
});
