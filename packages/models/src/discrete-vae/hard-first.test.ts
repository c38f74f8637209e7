import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { ToyLatent } from "../../test/toy-latent.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import { CategoricalLatent } from "../latent/categorical-latent.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { IgrStickBreakingLatent } from "../latent/igr-stick-breaking-latent.js";
import type { Latent } from "../latent/latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { evaluate } from "../training/evaluate.js";
import { fit } from "../training/fit.js";
import { DiscreteVAE } from "./discrete-vae.js";
import type { HardFirstOptions } from "./hard-first.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const SIDE = 4;
const size = { variables: 2, categories: 4 };
const prior = { loc: [-0.8, 0.3, -0.2], scale: [0.6, 0.4, 0.9] };
const igr = (options: object = {}) => new IgrLatent({ ...size, temperature: 0.5, prior, ...options });
const x = () => tf.tensor2d(bars(4, SIDE));
const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function makeModel(latent: Latent, options: HardFirstOptions = {}): DiscreteVAE {
  const rng = createRng(1);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: SIDE * SIDE, hidden: [12], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [12], outputs: SIDE * SIDE, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
    ...options,
  });
}

describe.each<[string, () => Latent]>([
  ["IGR", igr],
  ["Gumbel-Softmax", () => new GumbelSoftmaxLatent({ ...size, temperature: 0.6 })],
  ["IGR-SB", () => new IgrStickBreakingLatent({ variables: 2, maxCategories: 3, temperature: 0.3, rho: 0.9, prior })],
])("the hard bound of %s in training", (_, make) => {
  test("equals that of evaluation, and the loss mixes it with the relaxed bound", () => {
    const model = makeModel(make(), { hardWeight: 0.3 });
    const terms = model.elbo(x(), createRng(2), { training: true });
    const measured = model.hardElbo(x(), createRng(2));
    expectClose(terms.hardElbo!, numbers(measured.elbo), { rtol: 1e-5 });
    expectClose(terms.hardKl!, numbers(measured.kl), { rtol: 1e-4, atol: 1e-5 });
    const mixed = 0.7 * average(numbers(terms.elbo)) + 0.3 * average(numbers(measured.elbo));
    expectClose(model.lossOf(terms), [-mixed], { rtol: 1e-5 });
    // A scheduled weight replaces the model's own, and klWeight applies to both KLs.
    const scheduled = { hardWeight: tf.scalar(0.9), klWeight: tf.scalar(0.25) };
    const weighted = (bound: tf.Tensor, kl: tf.Tensor) => average(numbers(bound)) + 0.75 * average(numbers(kl));
    const expected = 0.1 * weighted(terms.elbo, terms.kl) + 0.9 * weighted(measured.elbo, measured.kl);
    expectClose(model.lossOf(terms, scheduled), [-expected], { rtol: 1e-5 });
    expect(Object.keys(makeModel(make()).elbo(x(), createRng(2), { training: true }))).not.toContain("hardElbo");
  });

  test("gives every output of the encoder a finite gradient", () => {
    const model = makeModel(make(), { hardWeight: 1 });
    const { grads } = tf.variableGrads(() => model.loss(x(), createRng(2)), model.trainableVariables);
    for (const gradient of Object.values(grads)) {
      const values = numbers(gradient);
      expect(values.every(Number.isFinite)).toBe(true);
      expect(values.some((value) => value !== 0)).toBe(true);
    }
  });
});

test.each(["eager", "jit"] as const)(
  "training on it makes a better discrete model than the relaxed bound, %s",
  async (engine) => {
    const images = new ArrayImages(bars(64, SIDE));
    const hardElbo = async (options: HardFirstOptions) => {
      const model = makeModel(igr(), options);
      await fit(model, images, {
        ...{ epochs: 20, batchSize: 16, rng: createRng(4), engine, optimizer: tf.train.adam(0.02) },
        ...(options.hardWeight ? { schedules: { hardWeight: { kind: "linear", from: 0.5, to: 1, steps: 40 } } } : {}),
      });
      return (await evaluate(model.measuredHard(), images, { rng: createRng(5) })).elbo;
    };
    expect(await hardElbo({ hardWeight: 1 })).toBeGreaterThan((await hardElbo({})) + 0.5);
  },
);

describe("free bits", () => {
  test("are the minimum of a variable's mean KL over the batch, only in the loss", () => {
    const latent = igr();
    const [free, plain] = [makeModel(latent, { freeBits: 0.9 }), makeModel(latent)];
    const parameters = free.encode(x());
    const kls = numbers(latent.kl(parameters));
    const means = [0, 1].map((n) => average([0, 1, 2, 3].map((image) => kls[2 * image + n]!)));
    const expected = means.reduce((sum, mean) => sum + Math.max(mean, 0.9), 0);
    // The test needs one variable below and one above.
    const terms = free.elbo(x(), createRng(2), { training: true });
    expectClose(terms.freeKl!, Array(4).fill(expected), { rtol: 1e-5 });
    expectClose(free.lossOf(terms), [expected - average(numbers(terms.reconstruction))], { rtol: 1e-5 });
    expect(numbers(terms.elbo)).toEqual(numbers(plain.elbo(x(), createRng(2), { training: true }).elbo));
  });

  test("leave the encoder only the gradient of the reconstruction if every KL is below them", () => {
    const model = makeModel(igr(), { freeBits: 1e4 });
    const { grads } = tf.variableGrads(() => model.loss(x(), createRng(2)), model.trainableVariables);
    const { grads: alone } = tf.variableGrads(
      () => tf.neg(tf.mean(model.elbo(x(), createRng(2), { training: true }).reconstruction)) as tf.Scalar,
      model.trainableVariables,
    );
    for (const [name, gradient] of Object.entries(alone)) {
      expectClose(grads[name]!, numbers(gradient), { rtol: 1e-5, atol: 1e-8 });
    }
  });
});

test("a saved model keeps both", async () => {
  const dir = await mkdtemp(join(tmpdir(), "igr-hard-first-"));
  try {
    await save(makeModel(igr(), { freeBits: 0.2, hardWeight: 0.4, hardPrior: "own" }), dir);
    expect(await load(dir)).toMatchObject({ freeBits: 0.2, hardWeight: 0.4, hardPrior: "own" });
    await save(makeModel(igr()), dir);
    expect(await load(dir)).toMatchObject({ freeBits: 0, hardWeight: 0, hardPrior: "uniform" });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test.each<[() => Latent, HardFirstOptions, string]>([
  [igr, { freeBits: -1 }, "DiscreteVAE: freeBits must be a finite number >= 0, got -1"],
  [igr, { hardWeight: 1.5 }, "DiscreteVAE: hardWeight must be"],
  [() => igr({ decoderReceives: "log z" }), { hardWeight: 1 }, "IgrLatent lacks one of them"],
  [() => new ToyLatent(size), { hardWeight: 1 }, "ToyLatent lacks one of them"],
  [() => new ToyLatent(size), { hardPrior: "own" }, "hardPrior 'own' needs"],
  [() => new CategoricalLatent(size), { hardWeight: 1 }, "CategoricalLatent lacks one of them"],
  [
    () => new CategoricalLatent({ ...size, estimator: { kind: "vimco", samples: 2 } }),
    { freeBits: 1 },
    "freeBits needs a latent part whose KL is a term of its own",
  ],
])("refuses %o with %o", (make, options, message) => {
  expect(() => makeModel(make(), options)).toThrow(message);
});

test("a scheduled weight stays in [0, 1]", async () => {
  const options = { epochs: 1, batchSize: 4, rng: createRng(1), schedules: { hardWeight: 1.2 } };
  await expect(fit(makeModel(igr()), new ArrayImages(bars(4, SIDE)), options)).rejects.toThrow(
    "fit: schedules.hardWeight must stay in [0, 1]",
  );
});
