import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { categoryUse } from "../evaluation/category-use.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "../training/fit.js";
import type { CategoricalEstimator } from "./categorical-estimator.js";
import { CategoricalLatent, type CategoricalLatentOptions } from "./categorical-latent.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const estimators: CategoricalEstimator[] = [
  { kind: "straight-through", backwardTemperature: 1.5 },
  { kind: "straight-through-gumbel", temperature: 0.7 },
  { kind: "gumbel-rao", temperature: 0.7, conditionalDraws: 2 },
  { kind: "gapped-straight-through", temperature: 0.7, gap: "probability" },
  { kind: "reinmax", temperature: 1.1 },
  { kind: "reinmax", variant: "leave-one-out", samples: 2 },
  { kind: "reinforce", baseline: "leave-one-out", samples: 3 },
  { kind: "reinforce", baseline: "moving-average", decay: 0.8 },
  { kind: "rebar", temperature: 0.5, scale: "learned" },
  { kind: "relax", temperature: 0.5, hidden: [4] },
  { kind: "disarm", samples: 4 },
  { kind: "carms", samples: 3 },
  { kind: "double-cv", samples: 2, scale: "learned" },
  { kind: "rodeo", samples: 2, hidden: 4 },
  { kind: "vimco", samples: 3 },
];

function makeModel(options: Partial<CategoricalLatentOptions> = {}): DiscreteVAE & { latent: CategoricalLatent } {
  const rng = createRng(1);
  const latent = new CategoricalLatent({ variables: 2, categories: 3, ...options });
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 16, hidden: [8], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [8], outputs: 16, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  }) as DiscreteVAE & { latent: CategoricalLatent };
}

const x = () => tf.tensor2d(bars(6, 4));

/** Every outcome of the latents, `[K^N, N, K]`. */
function outcomes({ variables, categories }: CategoricalLatent): tf.Tensor3D {
  const rows = Array.from({ length: categories ** variables }, (_, code) =>
    Array.from({ length: variables }, (_, n) => Math.floor(code / categories ** n) % categories),
  );
  return tf.cast(tf.oneHot(tf.tensor2d(rows, undefined, "int32"), categories), "float32") as tf.Tensor3D;
}

/** log p(x | z) of every outcome, `[outcomes, B]`, by the mean image that the model decodes. */
function logLikelihoods(model: DiscreteVAE & { latent: CategoricalLatent }, images: tf.Tensor2D): tf.Tensor2D {
  const means = tf.reshape(model.decode(outcomes(model.latent)), [-1, 1, 16]);
  const on = tf.mul(images, tf.log(means));
  return tf.sum(tf.add(on, tf.mul(tf.sub(1, images), tf.log(tf.sub(1, means)))), 2) as tf.Tensor2D;
}

/** E log p(x | z) - KL, per image, by enumeration; differentiable. */
function exactElbo(model: DiscreteVAE & { latent: CategoricalLatent }, images: tf.Tensor2D): tf.Tensor {
  const { logits } = model.encode(images);
  const z = outcomes(model.latent);
  const logQ = tf.sum(tf.mul(tf.expandDims(z, 1), logits!), [2, 3]);
  const logP = tf.neg(model.latent.variables * Math.log(model.latent.categories));
  return tf.sum(tf.mul(tf.exp(logQ), tf.sub(tf.add(logLikelihoods(model, images), logP), logQ)), 0);
}

describe.each(estimators)("estimator %o", (estimator) => {
  test("compiled and eager training agree, memory does not grow, and the bound improves", async () => {
    const trained = async (engine: "eager" | "jit") => {
      const model = makeModel({ estimator });
      const losses: number[] = [];
      const counts: number[] = [];
      const optimizer = tf.train.adam(0.02);
      await fit(model, new ArrayImages(bars(32, 4)), {
        epochs: engine === "jit" ? 8 : 2,
        batchSize: 8,
        optimizer,
        rng: createRng(3),
        engine,
        jit: { threads: 1 },
        callbacks: {
          onStep: ({ elbo }) => {
            losses.push(elbo);
            counts.push(tf.memory().numTensors);
          },
        },
      });
      optimizer.dispose();
      return { losses, counts, model };
    };
    const [eager, jit] = [await trained("eager"), await trained("jit")];
    expectClose(jit.losses.slice(0, 8), eager.losses, { rtol: 2e-3, atol: 2e-3 });
    expect(new Set(eager.counts.slice(2)).size).toBe(1);
    const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
    expect(mean(jit.losses.slice(-4))).toBeGreaterThan(mean(jit.losses.slice(0, 4)) + 1);
  });

  test("is saved and loaded", async () => {
    const dir = await mkdtemp(join(tmpdir(), "igr-categorical-"));
    try {
      const model = makeModel({ estimator, prior: [0.2, 0.3, 0.5], learnPrior: true });
      for (const variable of model.latent.trainableVariables) variable.assign(tf.add(variable, 0.1));
      // If steps assign variables, the next gradient depends on them.
      model.elbo(x(), createRng(1), { training: true });
      await save(model, dir);
      const loaded = await load(dir);
      expect(loaded.latent.stateVariables.map(numbers)).toEqual(model.latent.stateVariables.map(numbers));
      const terms = (m: DiscreteVAE) => numbers(m.elbo(x(), createRng(2), { training: true }).elbo);
      expect(terms(loaded)).toEqual(terms(model));
      expect(loaded.latent.config()).toEqual(model.latent.config());
      const before = tf.memory().numTensors;
      const again = makeModel({ estimator });
      again.dispose();
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

test.each<CategoricalEstimator>([
  { kind: "reinforce", baseline: "leave-one-out", samples: 400 },
  { kind: "disarm", samples: 400 },
  { kind: "double-cv", samples: 400 },
])("the gradient of the bound is that by enumeration, within 4 standard errors: %o", (estimator) => {
  const model = makeModel({ estimator });
  const images = x();
  const variables = model.trainableVariables;
  const exact = tf.variableGrads(() => tf.neg(tf.mean(exactElbo(model, images))) as tf.Scalar, variables).grads;
  const rng = createRng(4);
  const repeats = Array.from({ length: 12 }, () => {
    const { grads } = tf.variableGrads(() => model.loss(images, rng), variables);
    return variables.flatMap(({ name }) => numbers(grads[name]!));
  });
  const expected = variables.flatMap(({ name }) => numbers(exact[name]!));
  let squares = 0;
  for (const [k, value] of expected.entries()) {
    const values = repeats.map((each) => each[k]!);
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1);
    squares += (mean - value) ** 2 / (variance / values.length + 1e-9);
  }
  // The mean of squared t scores with 11 degrees of freedom is 11 / 9.
  expect(squares / expected.length).toBeLessThan(1.8);
});

test("a moving average is saved with the model, changes only in training, and is not updated by the optimizer", () => {
  const model = makeModel({ estimator: { kind: "reinforce", baseline: "moving-average", decay: 0.5 } });
  const [sum, weight] = model.latent.stateVariables as [tf.Variable, tf.Variable];
  expect(model.namedVariables().filter(({ name }) => name.startsWith("latent-state"))).toEqual([
    { name: "latent-state.000", variable: sum },
    { name: "latent-state.001", variable: weight },
  ]);
  expect(model.trainableVariables).not.toContain(sum);
  model.elbo(x(), createRng(1));
  expect(numbers(weight)).toEqual([0]);
  const { reconstruction } = model.elbo(x(), createRng(1), { training: true });
  expectClose(sum, [-0.5 * (numbers(tf.mean(reconstruction))[0] as number)], { rtol: 1e-5 });
  expect(numbers(weight)).toEqual([0.5]);
});

test("free bits are the minimum of a variable's KL in the loss, and the bound has the whole KL", () => {
  const [model, free] = [makeModel(), makeModel()];
  Object.assign(free, { freeBits: 0.7 });
  const terms = free.elbo(x(), createRng(1), { training: true });
  const kls = numbers(tf.mean(free.latent.kl(free.encode(x())), 0));
  const paid = kls.reduce((total, kl) => total + Math.max(kl, 0.7), 0);
  expectClose(terms.freeKl!, new Array(6).fill(paid), { rtol: 1e-5 });
  expect(numbers(terms.elbo)).toEqual(numbers(model.elbo(x(), createRng(1), { training: true }).elbo));
  expectClose(free.lossOf(terms), [paid - (numbers(tf.mean(terms.reconstruction))[0] as number)], { rtol: 1e-5 });
  const { encoder, decoder, latent, likelihood } = makeModel({ estimator: { kind: "vimco", samples: 2 } });
  expect(() => new DiscreteVAE({ encoder, decoder, latent, likelihood, freeBits: 1 })).toThrow(
    "DiscreteVAE: freeBits needs a latent part whose KL is a term of its own, got CategoricalLatent",
  );
});

test("the ELBO is the hard ELBO under the model's own prior", () => {
  const model = makeModel({ prior: [0.7, 0.2, 0.1], learnPrior: true });
  const images = x();
  const [elbo, hard] = [model.elbo(images, createRng(5)), model.hardElbo(images, createRng(5))];
  expectClose(hard.elbo, numbers(elbo.elbo), { rtol: 1e-5, atol: 1e-5 });
  const uniform = model.hardElbo(images, createRng(5), { prior: "uniform" });
  expect(numbers(uniform.kl)).not.toEqual(numbers(hard.kl));
});

test("the ELBO is the hard ELBO and the mean of the exact bound, and IWAE approaches log p(x)", () => {
  const model = makeModel();
  const images = x();
  const [elbo, hard] = [model.elbo(images, createRng(5)), model.hardElbo(images, createRng(5))];
  expectClose(hard.elbo, numbers(elbo.elbo), { rtol: 1e-5, atol: 1e-5 });
  expectClose(hard.kl, numbers(elbo.kl), { rtol: 1e-5, atol: 1e-5 });
  const draws = tf.stack(Array.from({ length: 600 }, (_, i) => model.elbo(images, createRng(i)).elbo));
  const { mean, variance } = tf.moments(draws, 0);
  const scores = numbers(tf.div(tf.sub(mean, exactElbo(model, images)), tf.sqrt(tf.div(variance, 600))));
  expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4);
  const logPx = tf.sub(tf.logSumExp(logLikelihoods(model, images), 0), 2 * Math.log(3));
  const bound = model.logLikelihood(images, createRng(6), { samples: 4000 });
  expectClose(bound, numbers(logPx), { atol: 0.05 });
});

test("bits have one output and one input each, the second category is the bit 1, and they can have a prior", () => {
  const latent = new CategoricalLatent({
    variables: 2,
    categories: 2,
    prior: [
      [0.25, 0.75],
      [0.5, 0.5],
    ],
  });
  expect([latent.encoderOutputs, latent.decoderInputs]).toEqual([2, 2]);
  const parameters = latent.parameters(tf.tensor3d([[[2], [-1]]]));
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  expectClose(tf.exp(parameters.logits!), [sigmoid(-2), sigmoid(2), sigmoid(1), sigmoid(-1)], { rtol: 1e-5 });
  const { z, input } = latent.sample(parameters, createRng(1), [500]);
  expect(input!.shape).toEqual([500, 1, 2, 1]);
  expect(numbers(input!)).toEqual(numbers(z).filter((_, index) => index % 2 === 1));
  const kl = (p: number, prior: number) => p * Math.log(p / prior) + (1 - p) * Math.log((1 - p) / (1 - prior));
  expectClose(latent.kl(parameters), [kl(sigmoid(2), 0.75), kl(sigmoid(-1), 0.5)], { rtol: 1e-4 });
  const share = numbers(tf.mean(latent.samplePrior(createRng(2), 4000), 0));
  expectClose(share, [0.25, 0.75, 0.5, 0.5], { atol: 0.03 });
});

test("a temperature schedule changes the estimator's temperature, if it has one", () => {
  const images = x();
  const gradient = (estimator: CategoricalEstimator, temperature?: number) => {
    const model = makeModel({ estimator });
    const scheduled: Record<string, tf.Scalar> =
      temperature === undefined ? {} : { temperature: tf.scalar(temperature) };
    const { grads } = tf.variableGrads(
      () => tf.mean(model.elbo(images, createRng(7), { training: true, scheduled }).elbo) as tf.Scalar,
      model.trainableVariables,
    );
    return numbers(grads[model.trainableVariables[0]!.name]!);
  };
  const at = (temperature: number) => ({ kind: "reinmax", temperature }) as const;
  expectClose(gradient(at(1), 2), gradient(at(2)), { rtol: 1e-5, atol: 1e-7 });
  expect(gradient(at(1))).not.toEqual(gradient(at(2)));
  expect(makeModel({ estimator: at(1) }).schedulable).toContain("temperature");
  expect(makeModel({ estimator: { kind: "disarm" } }).schedulable).toEqual(["klWeight"]);
});

test("categoryUse gives the perplexity and the dead categories of the mean posterior", async () => {
  const model = makeModel();
  const images = bars(20, 4);
  const { perplexity, dead, meanProbs } = await categoryUse(model, new ArrayImages(images), {
    rng: createRng(8),
    batchSize: 8,
    deadBelow: 0.3,
  });
  const probs = numbers(tf.mean(tf.exp(model.encode(tf.tensor2d(images)).logits!), 0));
  for (const [n, row] of meanProbs.entries()) {
    const expected = probs.slice(3 * n, 3 * n + 3);
    expectClose(row, expected, { rtol: 1e-4 });
    const entropy = expected.reduce((sum, p) => sum - p * Math.log(p), 0);
    expect(perplexity[n]).toBeCloseTo(Math.exp(entropy), 4);
    expect(dead[n]).toBe(expected.filter((p) => p < 0.3).length);
  }
  await expect(categoryUse(model, new ArrayImages([]), { rng: createRng(1) })).rejects.toThrow(
    "categoryUse: the dataset gave no images",
  );
});
