import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { ToyLatent } from "../../test/toy-latent.js";
import { expectClose, numbers } from "../../test/values.js";
import { byImages } from "../latent/by-images.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import { IgrPlanarLatent } from "../latent/igr-planar-latent.js";
import { IgrStickBreakingLatent } from "../latent/igr-stick-breaking-latent.js";
import type { Latent } from "../latent/latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { evaluate } from "../training/evaluate.js";
import { DiscreteVAE } from "./discrete-vae.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const prior = { loc: [-0.5, 0.2, 0.1], scale: [0.7, 1.2, 0.9] };
const sticks = { loc: [-0.7, 0.1, 0.4], scale: [1.1, 0.8, 0.9] };

/** P x, and 0 if P is 0. */
function weighted(logProb: number, x: number): number {
  return logProb === Number.NEGATIVE_INFINITY ? 0 : Math.exp(logProb) * x;
}

function makeModel(latent: Latent, pixels = 6): DiscreteVAE {
  const rng = createRng(3);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: pixels, hidden: [8], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [8], outputs: pixels, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

const latents: [name: string, make: () => Latent, tolerance: number][] = [
  ["IGR", () => new IgrLatent({ variables: 1, categories: 4, temperature: 0.5, prior }), 1e-4],
  [
    "IGR, log z",
    () => new IgrLatent({ variables: 1, categories: 4, temperature: 0.5, prior, decoderReceives: "log z" }),
    1e-4,
  ],
  [
    "IGR, interpolation",
    () => new IgrLatent({ variables: 1, categories: 4, temperature: 0.5, prior, transform: "interpolation" }),
    0.01,
  ],
  [
    "IGR-SB",
    () =>
      new IgrStickBreakingLatent({
        variables: 1,
        maxCategories: 3,
        temperature: 0.3,
        rho: 0.8,
        prior: sticks,
        delta: 2,
      }),
    0.02,
  ],
  [
    "IGR-SB, cut low",
    () =>
      new IgrStickBreakingLatent({
        variables: 1,
        maxCategories: 3,
        temperature: 0.3,
        rho: 0.4,
        prior: sticks,
        delta: 2,
      }),
    0.03,
  ],
  [
    "IGR-Planar",
    () => new IgrPlanarLatent({ variables: 1, categories: 4, depth: 2, temperature: 0.5, prior, rng: createRng(7) }),
    0.03,
  ],
  ["Gumbel-Softmax", () => new GumbelSoftmaxLatent({ variables: 1, categories: 4, temperature: 0.67 }), 1e-4],
];

describe.each(latents)("the hard ELBO of %s", (_name, make, tolerance) => {
  const model = makeModel(make());
  const x = tf.tensor2d([1, 0, 1, 1, 0, 1], [1, 6]);
  const logProbs = numbers(model.latent.discreteLogProbs!(model.encode(x)));
  // The decoder at each of the four vertices.
  const likelihoods = numbers(
    tf.tidy(() => {
      const vertices = model.latent.decoderInput(tf.reshape(tf.eye(4), [4, 1, 4]));
      const outputs = model.decoder.predict(tf.reshape(vertices, [4, 4])) as tf.Tensor;
      return model.likelihood.logProb(tf.tile(x, [4, 1]), outputs);
    }),
  );

  test("is on average sum_k P_k log p(x | k) - KL(P || uniform), computed by enumeration", () => {
    const expected = logProbs.reduce(
      (sum, logProb, k) => sum + weighted(logProb, likelihoods[k]! - logProb - Math.log(4)),
      0,
    );
    const images = 300;
    const many = tf.tile(x, [images, 1]);
    const { elbo, reconstruction, kl } = model.hardElbo(many, createRng(1));
    const { mean, variance } = tf.moments(elbo);
    const error = Math.sqrt(numbers(variance)[0]! / images);
    expect(Math.abs(numbers(mean)[0]! - expected)).toBeLessThan(4 * error + tolerance);
    expectClose(tf.sub(reconstruction, kl), numbers(elbo), { rtol: 1e-5 });
    // Every reconstruction belongs to a vertex.
    const nearest = numbers(reconstruction).map((value) =>
      Math.min(...likelihoods.map((each) => Math.abs(each - value))),
    );
    expect(Math.max(...nearest)).toBeLessThan(1e-4);
  });

  test("bounds log p(x) of the discrete model from below", () => {
    const logPx = Math.log(likelihoods.reduce((sum, value) => sum + Math.exp(value) / 4, 0));
    const expected = logProbs.reduce(
      (sum, logProb, k) => sum + weighted(logProb, likelihoods[k]! - logProb - Math.log(4)),
      0,
    );
    expect(expected).toBeLessThan(logPx);
  });
});

test("with the prior's own probabilities the KL is that of the argmax under both", () => {
  const latent = new IgrLatent({ variables: 2, categories: 4, temperature: 0.5, prior });
  const model = makeModel(latent);
  const x = tf.zeros([2, 6]);
  const q = numbers(latent.discreteLogProbs(model.encode(x)));
  const p = numbers(latent.discreteLogProbs({ loc: tf.tensor2d([prior.loc]), scale: tf.tensor2d([prior.scale]) }));
  const perImage = [0, 1].map((image) =>
    q
      .slice(8 * image, 8 * image + 8)
      .reduce((sum, logProb, index) => sum + Math.exp(logProb) * (logProb - p[index % 4]!), 0),
  );
  expectClose(model.hardElbo(x, createRng(1), { prior: "own" }).kl, perImage, { rtol: 1e-4, atol: 1e-5 });
});

test.each<[name: string, make: () => Latent, uses: number]>([
  ["sticks", () => new IgrStickBreakingLatent({ variables: 2, maxCategories: 3, temperature: 0.3, prior: sticks }), 3],
  [
    "sticks, cut low",
    () => new IgrStickBreakingLatent({ variables: 2, maxCategories: 3, temperature: 0.3, rho: 0.4, prior: sticks }),
    3,
  ],
  [
    "planar",
    () => new IgrPlanarLatent({ variables: 2, categories: 4, depth: 2, temperature: 0.5, prior, rng: createRng(7) }),
    4,
  ],
  [
    "planar, fixed prior",
    () =>
      new IgrPlanarLatent({
        variables: 2,
        categories: 4,
        depth: 2,
        temperature: 0.5,
        prior,
        flowPrior: "fixed",
        rng: createRng(7),
      }),
    4,
  ],
])("the prior's own probabilities of %s are the frequencies of its draws", (_, make, uses) => {
  const latent = make();
  const model = makeModel(latent);
  const x = tf.tensor2d([
    [1, 0, 1, 1, 0, 1],
    [0, 0, 1, 0, 0, 0],
  ]);
  const q = numbers(latent.discreteLogProbs!(model.encode(x)));
  const { categories } = latent;
  const draws = 20_000;
  const counts = numbers(
    tf.mean(tf.cast(tf.oneHot(tf.argMax(latent.samplePrior(createRng(5), draws), 2), categories), "float32"), 0),
  );
  const expected = [0, 1].map((image) => {
    let sum = 0;
    for (let index = 0; index < 2 * categories; index++) {
      const [logQ, p] = [q[2 * image * categories + index]!, counts[index]!];
      sum += Number.isFinite(logQ) ? Math.exp(logQ) * (logQ - Math.log(p)) : 0;
    }
    return sum;
  });
  expectClose(model.hardElbo(x, createRng(1), { prior: "own" }).kl, expected, { rtol: 0, atol: 0.03 });
  expect(counts.filter((count) => count > 0).length).toBe(2 * uses);
  latent.dispose();
});

test("the probabilities of many images are computed in parts, in order", () => {
  const loc = tf.reshape(tf.range(0, 7 * 2 * 100), [7, 2, 100]);
  const seen: number[] = [];
  const all = byImages({ loc, scale: tf.ones(loc.shape) }, 8192, (loc, scale) => {
    seen.push(loc.shape[0] as number);
    return tf.mul(tf.add(loc, scale), 2);
  });
  expect(seen).toEqual([2, 2, 2, 1]);
  expectClose(all, numbers(tf.mul(tf.add(loc, 1), 2)), { rtol: 0 });
});

test.each<[name: string, make: () => Latent]>([
  ["IGR", () => new IgrLatent({ variables: 2, categories: 4, temperature: 0.5, prior })],
  ["IGR-SB", () => new IgrStickBreakingLatent({ variables: 2, maxCategories: 3, temperature: 0.3, prior: sticks })],
  [
    "IGR-Planar",
    () => new IgrPlanarLatent({ variables: 2, categories: 4, depth: 2, temperature: 0.5, prior, rng: createRng(7) }),
  ],
])("evaluate computes it, compiled and eager: %s", async (_, make) => {
  const model = makeModel(make(), 16);
  const images = () => new ArrayImages(bars(10, 4));
  const options = { rng: createRng(2), batchSize: 4 };
  const eager = await evaluate(model.measuredHard(), images(), { ...options, engine: "eager" });
  const compiled = await evaluate(model.measuredHard(), images(), { ...options, engine: "jit", jit: { threads: 1 } });
  expectClose([compiled.elbo, compiled.kl], [eager.elbo, eager.kl], { rtol: 1e-4 });
  const relaxed = await evaluate(model, images(), { ...options, engine: "eager" });
  expect(relaxed.kl).not.toBeCloseTo(eager.kl, 2);
});

test("rejects latents without probabilities, and images of the wrong size", () => {
  const toy = makeModel(new ToyLatent({ variables: 2, categories: 3 }));
  expect(() => toy.hardElbo(tf.zeros([1, 6]), createRng(1))).toThrow(
    "DiscreteVAE.hardElbo: latent must know the probabilities of its categories, which ToyLatent does not",
  );
  const model = makeModel(new GumbelSoftmaxLatent({ variables: 2, categories: 3, temperature: 1 }));
  expect(() => model.hardElbo(tf.zeros([1, 5]), createRng(1))).toThrow("DiscreteVAE.hardElbo: x must have shape");
  expect(() => model.hardElbo(tf.zeros([1, 6]), createRng(1), { prior: "fitted" as "own" })).toThrow("prior");
});
