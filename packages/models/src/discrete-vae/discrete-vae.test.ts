import { createRng, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  bernoulliLogProb,
  type DenseLayer,
  type Draw,
  dense,
  gumbelSoftmaxDraw,
  igrDraw,
  logSumExp,
} from "../../test/float64-vae.js";
import { makeModel, PIXELS, size } from "../../test/six-pixel-vae.js";
import { expectClose, numbers } from "../../test/values.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import type { Latent } from "../latent/latent.js";
import type { DiscreteVAE } from "./discrete-vae.js";

const BATCH = 5;

const prior = { loc: [-0.5, 0.25, 0.1], scale: [0.4, 1.2, 0.75] };

interface Relaxation {
  readonly name: string;
  readonly latent: () => Latent;
  readonly noise: (rng: Rng, shape: number[]) => tf.Tensor;
  readonly noisePerVariable: number;
  readonly draw: (outputs: number[], noise: number[]) => Draw;
}

const relaxations: Relaxation[] = [
  {
    name: "IGR",
    latent: () => new IgrLatent({ ...size, temperature: 0.5, delta: 0.2, prior }),
    noise: (rng, shape) => rng.normal(shape),
    noisePerVariable: size.categories - 1,
    draw: (outputs, noise) => igrDraw(outputs, noise, prior, 0.5, 0.2),
  },
  {
    name: "Gumbel-Softmax",
    latent: () => new GumbelSoftmaxLatent({ ...size, temperature: 0.67, priorTemperature: 0.4 }),
    noise: (rng, shape) => rng.gumbel(shape),
    noisePerVariable: size.categories,
    draw: (outputs, noise) => gumbelSoftmaxDraw(outputs, noise, 0.67, 0.4),
  },
];

function rows(values: readonly number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
}

/** All weights as numbers: [kernel, bias] of each layer, encoder first. */
const weightsOf = (model: DiscreteVAE): number[][] => model.trainableVariables.map(numbers);

/** Terms per image in float64, for each sample: `[samples][B]`. */
function reference(relaxation: Relaxation, weights: number[][], shapes: number[][], x: number[][], noise: number[]) {
  const layers: DenseLayer[] = [0, 2, 4, 6].map((i) => ({
    kernel: rows(weights[i]!, shapes[i]![1]!),
    bias: weights[i + 1]!,
  }));
  const perVariable = rows(noise, relaxation.noisePerVariable);
  const samples = perVariable.length / (x.length * size.variables);
  return Array.from({ length: samples }, (_, s) =>
    x.map((image, b) => {
      const outputs = dense(layers.slice(0, 2), image);
      const draws = rows(outputs, outputs.length / size.variables).map((o, n) =>
        relaxation.draw(o, perVariable[(s * x.length + b) * size.variables + n]!),
      );
      const decoded = dense(
        layers.slice(2),
        draws.flatMap(({ z }) => z),
      );
      const reconstruction = bernoulliLogProb(image, decoded);
      const kl = draws.reduce((sum, draw) => sum + draw.kl, 0);
      const logRatio = draws.reduce((sum, draw) => sum + draw.logRatio, 0);
      return { reconstruction, kl, elbo: reconstruction - kl, logWeight: reconstruction - logRatio };
    }),
  );
}

const images = Array.from({ length: BATCH }, (_, b) =>
  Array.from({ length: PIXELS }, (_, p) => Number((b * 5 + p * p) % 3 > 0)),
);

describe.each(relaxations)("DiscreteVAE with $name latents", (relaxation) => {
  const noiseShape = [BATCH, size.variables, relaxation.noisePerVariable];
  const x = tf.tensor2d(images);

  test("ELBO, reconstruction and KL equal float64", () => {
    const model = makeModel(relaxation.latent());
    const shapes = model.trainableVariables.map(({ shape }) => shape);
    const noise = numbers(relaxation.noise(createRng(9), noiseShape));
    const [expected] = reference(relaxation, weightsOf(model), shapes, images, noise);
    const { elbo, reconstruction, kl } = model.elbo(x, createRng(9));
    expect(elbo.shape).toEqual([BATCH]);
    expectClose(
      reconstruction,
      expected!.map((t) => t.reconstruction),
      { rtol: 2e-6 },
    );
    expectClose(
      kl,
      expected!.map((t) => t.kl),
      { rtol: 2e-5, atol: 2e-6 },
    );
    expectClose(
      elbo,
      expected!.map((t) => t.elbo),
      { rtol: 5e-6 },
    );
    const mean = expected!.reduce((sum, t) => sum + t.elbo / BATCH, 0);
    expectClose(model.loss(x, createRng(9)), [-mean], { rtol: 5e-6 });
  });

  test("the loss' gradient is the finite difference of the float64 loss, for each weight", () => {
    const model = makeModel(relaxation.latent());
    const variables = model.trainableVariables;
    const shapes = variables.map(({ shape }) => shape);
    const noise = numbers(relaxation.noise(createRng(9), noiseShape));
    const weights = weightsOf(model);
    const loss = () =>
      -reference(relaxation, weights, shapes, images, noise)[0]!.reduce((sum, t) => sum + t.elbo / BATCH, 0);
    const { grads } = tf.variableGrads(() => model.loss(x, createRng(9)), variables);
    for (const [v, variable] of variables.entries()) {
      const expected = weights[v]!.map((value, i) => {
        const h = 1e-6;
        weights[v]![i] = value + h;
        const above = loss();
        weights[v]![i] = value - h;
        const below = loss();
        weights[v]![i] = value;
        return (above - below) / (2 * h);
      });
      expectClose(grads[variable.name]!, expected, { rtol: 1e-4, atol: 2e-6 });
    }
  });

  test("the importance-weighted bound equals float64, in one pass or many", () => {
    const model = makeModel(relaxation.latent());
    const shapes = model.trainableVariables.map(({ shape }) => shape);
    const noise = numbers(relaxation.noise(createRng(4), [12, ...noiseShape]));
    const samples = reference(relaxation, weightsOf(model), shapes, images, noise);
    const expected = images.map((_, b) => logSumExp(samples.map((terms) => terms[b]!.logWeight)) - Math.log(12));
    for (const samplesPerPass of [undefined, 12, 5, 1]) {
      const bound = model.logLikelihood(x, createRng(4), { samples: 12, samplesPerPass });
      expect(bound.shape).toEqual([BATCH]);
      expectClose(bound, expected, { rtol: 1e-5 });
    }
  });

  test("the importance-weighted bound is at least the ELBO and rises with the number of samples", () => {
    const model = makeModel(relaxation.latent());
    const many = tf.tile(x, [100, 1]);
    const rng = createRng(11);
    const bounds = [1, 4, 16].map((samples) => numbers(model.logLikelihood(many, rng, { samples })));
    const levels = [numbers(model.elbo(many, rng).elbo), ...bounds];
    for (let level = 1; level < levels.length; level++) {
      // Means over the same images with fresh draws: 4 standard errors of a difference.
      const differences = levels[level]!.map((v, i) => v - levels[level - 1]![i]!);
      const mean = differences.reduce((sum, d) => sum + d, 0) / differences.length;
      const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / differences.length;
      const error = Math.sqrt(variance / differences.length);
      // With one sample the bound is an ELBO with an estimated KL, which has the same mean.
      if (level === 1) expect(Math.abs(mean)).toBeLessThan(4 * error);
      else expect(mean).toBeGreaterThan(4 * error);
    }
  });

  test("equal seeds give equal numbers, and only results stay in memory", () => {
    const model = makeModel(relaxation.latent());
    const before = tf.memory().numTensors;
    const run = () => {
      const rng = createRng(6);
      const terms = model.elbo(x, rng);
      const results = [
        ...Object.values(terms),
        model.loss(x, rng),
        model.logLikelihood(x, rng, { samples: 3, samplesPerPass: 2 }),
        model.sample(rng, 2),
        model.sample(rng, 2, { hard: true }),
        model.reconstruct(x, rng),
        model.decode(tf.tidy(() => tf.zeros([2, 12]))),
      ];
      return results;
    };
    const results = run();
    // One more tensor: the zeros given to decode.
    expect(tf.memory().numTensors).toBe(before + results.length + 1);
    expect(results.map(numbers)).toEqual(run().map(numbers));
  });

  test("draws from the prior lie on the simplex and decode to images", () => {
    const model = makeModel(relaxation.latent());
    const z = model.latent.samplePrior(createRng(1), 7);
    expect(z.shape).toEqual([7, 3, 4]);
    expectClose(tf.sum(z, 2), new Array(21).fill(1), { rtol: 1e-6 });
    expect(model.sample(createRng(1), 7).shape).toEqual([7, PIXELS]);
    expectClose(model.sample(createRng(1), 7), numbers(model.decode(z)), { rtol: 1e-6 });
  });

  test("dispose frees all memory of the model", () => {
    const before = tf.memory().numTensors;
    const model = makeModel(relaxation.latent());
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("IGR's KL in closed form is the mean of the log ratios of its draws, within 4 standard errors", () => {
  const latent = relaxations[0]!.latent();
  const deviations = tf.tidy(() => {
    const outputs = createRng(2).normal([2, size.variables, latent.outputsPerVariable]) as tf.Tensor3D;
    const parameters = latent.parameters(outputs);
    const sample = latent.sample(parameters, createRng(3), [5000]);
    const { mean, variance } = tf.moments(sample.logRatio(), 0);
    return numbers(tf.div(tf.sub(mean, latent.kl(parameters, sample)), tf.sqrt(tf.div(variance, 5000))));
  });
  expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4);
});

test("the Gumbel-Softmax KL estimate has the exact mean for two categories: d coth(d / 2) - 2", () => {
  const latent = new GumbelSoftmaxLatent({ variables: 4, categories: 2, temperature: 0.3 });
  const gaps = [0.01, 1, 4, 30];
  const deviations = tf.tidy(() => {
    const outputs = tf.tensor3d([gaps.map((d) => [d, 0])]);
    const { mean, variance } = tf.moments(
      latent.sample(latent.parameters(outputs), createRng(3), [5000]).logRatio(),
      0,
    );
    const exact = tf.tensor1d(gaps.map((d) => d / Math.tanh(d / 2) - 2));
    return numbers(tf.div(tf.sub(mean, exact), tf.sqrt(tf.div(variance, 5000))));
  });
  expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4);
});
