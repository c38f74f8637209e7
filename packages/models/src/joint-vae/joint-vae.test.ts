import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeModel, parts, prior } from "../../test/joint-vae-model.js";
import { bits, gradientsOf, reference, sequenceRng, setWaves, wave } from "../../test/reference-models.js";
import { ToyLatent } from "../../test/toy-latent.js";
import { expectClose, numbers } from "../../test/values.js";
import { GaussianLatent } from "../latent/gaussian-latent.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { IgrStickBreakingLatent } from "../latent/igr-stick-breaking-latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { finalValue } from "../schedule/schedule.js";
import { JointVAE, type JointVAEOptions } from "./joint-vae.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

describe.each(["batch", "example"] as const)("eq 15 per %s", (per) => {
  const expected = reference.joint[per];
  const x = bits([4, 6], 70);
  const noise = () => sequenceRng([wave([4, 2], 71, 1.2), wave([4, 2], 72, 1.2), wave([4, 3], 73, 1.2)]);
  const model = makeModel(6, { per });
  setWaves(model.trainableVariables.slice(0, 4), 0);
  setWaves(model.trainableVariables.slice(4), 10);

  test("loss, terms and gradients are torch's", () => {
    const terms = model.elbo(x, noise());
    expectClose(terms.reconstruction, expected.reconstruction, { rtol: 1e-5 });
    expectClose(terms.continuousKl, expected.continuousKl, { rtol: 1e-5 });
    expectClose(terms.discreteKl, expected.discreteKl, { rtol: 1e-5, atol: 1e-5 });
    expectClose(tf.add(terms.elbo, terms.kl), expected.reconstruction, { rtol: 1e-5 });
    expectClose(tf.add(terms.continuousKl, terms.discreteKl), numbers(terms.kl), { rtol: 1e-6 });
    expectClose(model.lossOf(terms), [expected.loss], { rtol: 1e-5 });
    const gradients = gradientsOf(() => model.loss(x, noise()), model.trainableVariables);
    for (const [i, gradient] of gradients.entries()) {
      expectClose(gradient, expected.gradients[i], { rtol: 1e-4, atol: 1e-5 });
    }
  });

  test("the objective of an evaluation is minus the loss at the final capacities", () => {
    const terms = model.elbo(x, noise());
    const mean = (name: string) => numbers(tf.mean(terms[name]!))[0]!;
    const others = Object.keys(terms).filter((name) => !["elbo", "kl", "reconstruction"].includes(name));
    const means = {
      reconstruction: mean("reconstruction"),
      terms: Object.fromEntries(others.map((name) => [name, mean(name)])),
    };
    expect(model.objectiveOf(means)).toBeCloseTo(-expected.loss, 4);
    expect(() => model.objectiveOf({ reconstruction: 1 })).toThrow("JointVAE.objectiveOf: terms must hold '");
  });

  test("the capacities of a step replace the final ones", () => {
    const terms = model.elbo(x, noise());
    const at = (capacity: number) =>
      numbers(model.lossOf(terms, { continuousCapacity: tf.scalar(capacity), discreteCapacity: tf.scalar(1.7) }))[0]!;
    const kls = numbers(terms.continuousKl);
    const mean = kls.reduce((sum, kl) => sum + kl / kls.length, 0);
    const distance = (capacity: number) =>
      per === "batch"
        ? Math.abs(mean - capacity)
        : kls.reduce((sum, kl) => sum + Math.abs(kl - capacity) / kls.length, 0);
    expect(at(0.1) - at(3)).toBeCloseTo(7 * (distance(0.1) - distance(3)), 3);
  });
});

test("the categorical KL is torch's, enters the loss and not the ELBO, and its capacity stays below log K", () => {
  const discrete = parts().discrete.slice(1);
  const model = makeModel(6, {
    discrete,
    penalizedDiscreteKl: "categorical",
    capacities: { continuous: 0, discrete: 5 },
  });
  const logits = new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.6 });
  const full = makeModel();
  setWaves(full.trainableVariables.slice(0, 4), 0);
  const posterior = full.encode(bits([4, 6], 70));
  const kl = tf.squeeze(logits.categoricalKl(posterior.discrete[1]!));
  expectClose(kl, reference.joint.batch.categoricalKl, { rtol: 1e-5 });

  const x = bits([4, 6], 70);
  const terms = model.elbo(x, createRng(1));
  expectClose(tf.sub(terms.reconstruction, tf.add(terms.continuousKl, terms.discreteKl)), numbers(terms.elbo), {
    rtol: 1e-5,
  });
  const mean = (t: tf.Tensor) => numbers(tf.mean(t))[0]!;
  const penalty = Math.abs(mean(terms.continuousKl)) + Math.abs(mean(terms.categoricalKl!) - Math.log(3));
  expectClose(model.lossOf(terms), [7 * penalty - mean(terms.reconstruction)], { rtol: 1e-5 });
  expect(model.schedules.discreteCapacity).toBeCloseTo(Math.log(3), 12);
  const toy = [new ToyLatent({ variables: 1, categories: 3 })];
  expect(() => makeModel(6, { discrete: toy, penalizedDiscreteKl: "categorical" })).toThrow(
    "which ToyLatent does not give",
  );
});

test("log K counts the categories that can be the largest, without the remainder of the sticks", () => {
  const sticks = new IgrStickBreakingLatent({
    ...{ variables: 1, maxCategories: 5, temperature: 0.3 },
    prior: { loc: Array(5).fill(0), scale: Array(5).fill(1) },
  });
  const fixed = new IgrLatent({ variables: 2, categories: 3, temperature: 0.5, transform: "stick-breaking", prior });
  const interpolated = new IgrLatent({
    variables: 1,
    categories: 3,
    temperature: 0.5,
    transform: "interpolation",
    prior,
  });
  const model = makeModel(6, {
    discrete: [sticks, fixed, interpolated],
    penalizedDiscreteKl: "categorical",
    capacities: { continuous: 0, discrete: { kind: "linear", from: 0, to: 50, steps: 10 } },
  });
  const limit = Math.log(5) + 2 * Math.log(2) + Math.log(3);
  expect(finalValue(model.schedules.discreteCapacity!)).toBeCloseTo(limit, 12);

  const gs = () => [new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.6 })];
  for (const [max, expected] of [
    [7, Math.log(3)],
    [0.5, 0.5],
  ] as const) {
    const discrete = { kind: "linear", from: 0, to: 50, steps: 10, max } as const;
    const own = makeModel(6, {
      discrete: gs(),
      penalizedDiscreteKl: "categorical",
      capacities: { continuous: 0, discrete },
    });
    expect(finalValue(own.schedules.discreteCapacity!)).toBeCloseTo(expected, 12);
  }
});

test("accepts any number of parts of either kind", () => {
  const x = bits([3, 6], 1);
  for (const options of [
    { continuous: [], discrete: [new ToyLatent({ variables: 3, categories: 4 })] },
    { continuous: [new GaussianLatent({ variables: 4 })], discrete: [] },
    {
      continuous: [new GaussianLatent({ variables: 1 }), new GaussianLatent({ variables: 3 })],
      discrete: [new ToyLatent({ variables: 1, categories: 5 }), new ToyLatent({ variables: 2, categories: 2 })],
    },
  ]) {
    const model = makeModel(6, options);
    expect(numbers(model.elbo(x, createRng(1)).elbo).every(Number.isFinite)).toBe(true);
    expect(model.logLikelihood(x, createRng(1), { samples: 3 }).shape).toEqual([3]);
    expect(model.sample(createRng(1), 2).shape).toEqual([2, 6]);
    expect(model.reconstruct(x, createRng(1)).shape).toEqual([3, 6]);
    model.dispose();
  }
});

test("the Gaussian part's KL is the mean of the log ratios of its draws, within 4 standard errors", () => {
  const part = new GaussianLatent({ variables: 3 });
  const parameters = part.parameters(createRng(2).normal([2, 3, 2]) as tf.Tensor3D);
  const { mean, variance } = tf.moments(part.sample(parameters, createRng(3), [5000]).logRatio(), 0);
  const deviations = numbers(tf.div(tf.sub(mean, part.kl(parameters)), tf.sqrt(tf.div(variance, 5000))));
  expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4);
});

test("rejects networks that do not fit, with the sum over the parts", () => {
  expect(() => makeModel(6, { gamma: 0 })).toThrow("JointVAE: gamma must be a finite number > 0, got 0");
  expect(() => makeModel(6, { capacities: { continuous: -1, discrete: 1 } })).toThrow(
    "JointVAE: capacities.continuous must be >= 0, got -1",
  );
  const rng = createRng(1);
  const net = (inputs: number, outputs: number) => denseNetwork({ inputs, hidden: [], outputs, rng });
  const build = (latents: Pick<JointVAEOptions, "continuous" | "discrete"> = parts()) =>
    new JointVAE({
      encoder: net(6, 10),
      decoder: net(8, 6),
      likelihood: new BernoulliLikelihood(),
      gamma: 1,
      capacities: { continuous: 0, discrete: 0 },
      ...latents,
    });
  expect(() => build({ continuous: [], discrete: [] })).toThrow("must hold at least 1 part, got none");
  expect(() => build()).toThrow(
    "JointVAE: encoder output must hold 11 numbers (2 variables x 2 outputs + 1 variables x 4 outputs + 1 variables x 3 outputs), got shape [10]",
  );
  const model = makeModel();
  expect(() => model.decode([], [])).toThrow("there must be 1 continuous and 2 discrete tensors, got 0 and 0");
  expect(() => model.decode([tf.zeros([2, 3])], [tf.zeros([2, 3]), tf.zeros([2, 3])])).toThrow(
    "tensor 0 must hold 2 x 1 numbers per image, got shape [2,3]",
  );
});
