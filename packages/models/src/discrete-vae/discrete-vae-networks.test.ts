import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  layers as kerasLayers,
  model as kerasModel,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { makeModel, PIXELS, size } from "../../test/six-pixel-vae.js";
import { ToyLatent } from "../../test/toy-latent.js";
import { numbers } from "../../test/values.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { GaussianLikelihood } from "../likelihood/gaussian-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { DiscreteVAE } from "./discrete-vae.js";

const prior = { loc: [-0.5, 0.25, 0.1], scale: [0.4, 1.2, 0.75] };

describe("custom networks", () => {
  const latent = () => new ToyLatent(size);
  const likelihood = new BernoulliLikelihood();

  test("convolutions are accepted, images in any shape with the right number of pixels", () => {
    const encoder = sequential({
      layers: [
        kerasLayers.conv2d({ inputShape: [4, 4, 1], filters: 2, kernelSize: 3, activation: "relu" }),
        kerasLayers.flatten(),
        kerasLayers.dense({ units: 12 }),
      ],
    });
    const decoder = sequential({
      layers: [
        kerasLayers.reshape({ inputShape: [3, 4], targetShape: [12] }),
        kerasLayers.dense({ units: 16 }),
        kerasLayers.reshape({ targetShape: [4, 4, 1] }),
      ],
    });
    const model = new DiscreteVAE({ encoder, decoder, latent: latent(), likelihood });
    const values = [
      [2, 16],
      [2, 4, 4],
      [2, 4, 4, 1],
    ].map((shape) => numbers(model.elbo(tf.ones(shape), createRng(1)).elbo));
    expect(values[0]).toHaveLength(2);
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).toEqual(values[0]);
    expect(model.sample(createRng(1), 3).shape).toEqual([3, 4, 4, 1]);
  });

  test("layers receive the training flag", () => {
    const encoder = sequential({
      layers: [
        kerasLayers.dropout({ rate: 0.999, seed: 1, inputShape: [PIXELS] }),
        kerasLayers.dense({ units: 12, kernelInitializer: initializers.randomNormal({ seed: 1 }) }),
      ],
    });
    const decoder = denseNetwork({ inputs: 12, hidden: [], outputs: PIXELS, rng: createRng(1) });
    const model = new DiscreteVAE({ encoder, decoder, latent: latent(), likelihood });
    const x = tf.ones([2, PIXELS]);
    const kl = (training: boolean) => tf.sum(model.elbo(x, createRng(1), { training }).kl);
    expect(numbers(kl(false))[0]).toBeGreaterThan(0.01);
    // Dropout at 0.999 almost always drops everything.
    expect(numbers(kl(true))[0]).not.toBe(numbers(kl(false))[0]);
  });

  test("rejects shapes that do not fit, and names them", () => {
    const rng = createRng(1);
    const net = (inputs: number, outputs: number) => denseNetwork({ inputs, hidden: [], outputs, rng });
    const build = (encoder: ReturnType<typeof net>, decoder: ReturnType<typeof net>) => () =>
      new DiscreteVAE({ encoder, decoder, latent: latent(), likelihood });
    expect(build(net(6, 11), net(12, 6))).toThrow(
      "DiscreteVAE: encoder output must hold 12 numbers (3 variables x 4 outputs), got shape [11]",
    );
    expect(build(net(6, 12), net(10, 6))).toThrow(
      "DiscreteVAE: decoder input must hold 12 numbers (3 variables x 4 categories), got shape [10]",
    );
    expect(build(net(6, 12), net(12, 7))).toThrow(
      "DiscreteVAE: decoder output must hold 6 numbers (6 pixels x 1 per pixel",
    );
    expect(
      () =>
        new DiscreteVAE({
          encoder: net(6, 12),
          decoder: net(12, 6),
          latent: latent(),
          likelihood: new GaussianLikelihood({ scale: "per-pixel" }),
        }),
    ).toThrow("DiscreteVAE: decoder output must hold 12 numbers (6 pixels x 2 per pixel");
    const two = [input({ shape: [3] }), input({ shape: [3] })];
    const joined = kerasModel({ inputs: two, outputs: kerasLayers.concatenate().apply(two) as SymbolicTensor });
    expect(build(joined, net(12, 6))).toThrow("DiscreteVAE: encoder: the network needs exactly 1 of inputs");
    const fixed = sequential({ layers: [kerasLayers.dense({ batchInputShape: [2, 6], units: 12 })] });
    expect(build(fixed, net(12, 6))).toThrow("must leave its batch size open");
  });

  test("rejects images and latents of the wrong size", () => {
    const model = makeModel(latent());
    expect(() => model.elbo(tf.zeros([2, 5]), createRng(1))).toThrow(
      "DiscreteVAE.elbo: x must have shape [B, 6] or another one with 6 pixels per image, got [2,5]",
    );
    expect(() => model.loss(tf.zeros([6]), createRng(1))).toThrow("got [6]");
    expect(() => model.decode(tf.zeros([2, 11]))).toThrow(
      "DiscreteVAE.decode: z must have shape [B, 3, 4] or [B, 12], got [2,11]",
    );
    expect(() => model.logLikelihood(tf.zeros([2, 6]), createRng(1), { samples: 0 })).toThrow(
      "DiscreteVAE.logLikelihood: samples must be a whole number >= 1, got 0",
    );
  });
});

describe("latent parts reject", () => {
  test("sizes, temperatures and priors out of range", () => {
    expect(() => new GumbelSoftmaxLatent({ variables: 0, categories: 3, temperature: 1 })).toThrow(
      "GumbelSoftmaxLatent: variables must be a whole number >= 1, got 0",
    );
    expect(() => new GumbelSoftmaxLatent({ variables: 1, categories: 1, temperature: 1 })).toThrow(
      "categories must be",
    );
    expect(() => new GumbelSoftmaxLatent({ ...size, temperature: 0 })).toThrow("temperature must be");
    expect(() => new IgrLatent({ ...size, temperature: -1, prior })).toThrow("temperature");
    expect(() => new IgrLatent({ ...size, prior })).toThrow("temperature is missing");
    expect(() => new IgrLatent({ ...size, temperature: 1, prior: { loc: [0], scale: [1, 1, 1] } })).toThrow(
      "IgrLatent: prior.loc must hold K-1 = 3 finite numbers, got [0]",
    );
    expect(() => new IgrLatent({ ...size, temperature: 1, prior: { loc: [0, 0, 0], scale: [1, 0, 1] } })).toThrow(
      "IgrLatent: prior.scale must be a finite number > 0, got 0",
    );
  });
});
