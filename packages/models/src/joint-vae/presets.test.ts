import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { numbers } from "../../test/values.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { GaussianLikelihood } from "../likelihood/gaussian-likelihood.js";
import { jointVaeCelebA, jointVaeFashionMnist, jointVaeFromPreset, jointVaeMnist } from "./presets.js";

test("the presets are Dupont's, and `asPrinted` swaps the capacities of the last two", () => {
  const numbersOf = ({ gamma, capacities: { continuous, discrete } }: ReturnType<typeof jointVaeMnist>) => [
    gamma,
    continuous.to,
    discrete.to,
    continuous.steps,
    discrete.steps,
  ];
  expect(numbersOf(jointVaeMnist())).toEqual([30, 5, 5, 25_000, 25_000]);
  expect(numbersOf(jointVaeFashionMnist())).toEqual([100, 5, 10, 50_000, 50_000]);
  expect(numbersOf(jointVaeCelebA())).toEqual([100, 50, 10, 100_000, 100_000]);
  expect(numbersOf(jointVaeFashionMnist({ asPrinted: true }))).toEqual([100, 10, 5, 50_000, 50_000]);
  expect(numbersOf(jointVaeCelebA({ asPrinted: true }))).toEqual([100, 10, 50, 100_000, 100_000]);
  expect(jointVaeMnist()).toMatchObject({ learningRate: 5e-4, batchSize: 64, categories: 10, maxCategories: 50 });
  expect(jointVaeCelebA()).toMatchObject({ continuousVariables: 32, imageShape: [64, 64, 3] });
});

test("a preset makes the convolutional model for its images, with any likelihood", () => {
  const discrete = () => new GumbelSoftmaxLatent({ variables: 1, categories: 10, temperature: 0.67 });
  for (const [preset, likelihood] of [
    [jointVaeMnist(), new BernoulliLikelihood()],
    [jointVaeCelebA(), new GaussianLikelihood({ scale: "per-pixel" })],
  ] as const) {
    const model = jointVaeFromPreset(preset, { discrete: discrete(), likelihood, rng: createRng(1) });
    expect(model.imageShape).toEqual(preset.imageShape);
    const x = tf.zeros([1, ...preset.imageShape]);
    expect(numbers(model.elbo(x, createRng(1)).elbo).every(Number.isFinite)).toBe(true);
    model.dispose();
  }
});
