import {
  Beta,
  Binomial,
  Categorical,
  createRng,
  Dirichlet,
  Gamma,
  Geometric,
  IGR,
  Kumaraswamy,
  klDivergence,
  MixtureSameFamily,
  MultivariateNormalTriL,
  NegativeBinomial,
  Normal,
  Poisson,
  type Rng,
} from "@igr/core";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, numbers } from "./values.js";

// tfjs' own leak check takes a tensor that moves between backends within a kernel for a leak; PROD keeps its banner off.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

/** What is compiled, from a positive parameter of shape [2], and its gradient. */
type Program = (x: tf.Tensor, rng: Rng) => tf.Tensor;

const share = (x: tf.Tensor) => tf.div(x, tf.add(1, x));
const counts = [[0], [3], [40], [200]];
const triangular = (x: tf.Tensor) =>
  tf.mul(
    tf.tensor2d([
      [1, 0],
      [0.5, 1],
    ]),
    tf.expandDims(x, -1),
  );

const programs: Record<string, Program> = {
  "Poisson.logProb": (x) => new Poisson({ rate: x }).logProb(counts),
  "Poisson.logCdf": (x) => new Poisson({ rate: x }).logCdf(counts),
  "Poisson.logSurvival": (x) => new Poisson({ rate: x }).logSurvival(counts),
  "Binomial.logProb": (x) => new Binomial({ totalCount: 200, probs: share(x) }).logProb(counts),
  "Binomial.logCdf": (x) => new Binomial({ totalCount: 200, probs: share(x) }).logCdf(counts),
  "NegativeBinomial.logProb": (x) => new NegativeBinomial({ totalCount: x, logits: x }).logProb(counts),
  "NegativeBinomial.logSurvival": (x) => new NegativeBinomial({ totalCount: x, probs: share(x) }).logSurvival(counts),
  "Categorical.logProb": (x) => new Categorical({ logits: x }).logProb([0, 1, 1]),
  "Gamma samples": (x, rng) => new Gamma({ concentration: x, rate: x }).sample(rng, [5]),
  "Beta samples": (x, rng) => new Beta({ concentration1: x, concentration0: 2 }).sampleAndLogProb(rng, [5]).logProb,
  "Dirichlet samples": (x, rng) => new Dirichlet({ concentration: x }).sample(rng, [5]),
  "Kumaraswamy samples": (x, rng) => new Kumaraswamy({ concentration1: x, concentration0: x }).sample(rng, [5]),
  "Beta.logCdf": (x) => new Beta({ concentration1: x, concentration0: 3 }).logCdf([[0.01], [0.5], [0.99]]),
  "MultivariateNormalTriL.logProb": (x) =>
    new MultivariateNormalTriL({ loc: [0, 1], scaleTril: triangular(x) }).logProb([
      [1, 2],
      [-3, 0],
    ]),
  "IGR with scaleTril": (x, rng) => {
    const q = new IGR({ loc: x, scaleTril: triangular(x), temperature: 0.5 });
    const kl = klDivergence(q, new IGR({ loc: [0, 0], scale: [1, 1], temperature: 0.5 }));
    return tf.add(q.sampleAndLogProb(rng, [3]).logProb, kl);
  },
  "MixtureSameFamily.logProb": (x) =>
    new MixtureSameFamily({
      mixture: new Categorical({ logits: x }),
      components: new Normal({ loc: x, scale: 0.5 }),
    }).logProb([0, 1, 30]),
  divergences: (x) =>
    tf.addN([
      klDivergence(
        new Beta({ concentration1: x, concentration0: 1 }),
        new Beta({ concentration1: 2, concentration0: 2 }),
      ),
      klDivergence(new Gamma({ concentration: x }), new Gamma({ concentration: 3, rate: x })),
      klDivergence(new Poisson({ rate: x }), new Poisson({ rate: 3 })),
      klDivergence(new Geometric({ probs: share(x) }), new Geometric({ probs: 0.5 })),
    ]),
};

describe("compiled, with gradients, as eager", () => {
  test.each(Object.entries(programs))("%s", async (_, program) => {
    const everything = (rng: Rng) => (x: tf.Tensor) => ({
      value: program(x, rng),
      slope: tf.grad((each: tf.Tensor) => tf.sum(program(each, rng)))(x),
    });
    const x = tf.tensor1d([0.7, 6.5]);
    const eager = tf.tidy(() => everything(createRng(2))(x));
    const rng = createRng(2);
    const compiled = jit(everything(rng), { rng, threads: 1 });
    const results = await compiled(x);
    for (const key of ["value", "slope"] as const) {
      expectClose(results[key], numbers(eager[key]), { rtol: 1e-4, atol: 2e-5 });
    }
    await compiled.dispose();
  });

  // The quantile's search is unrolled, over all counts up to the largest: that of few categories is short.
  test("draws and quantiles", async () => {
    const everything = (rng: Rng) => (x: tf.Tensor) => ({
      geometric: new Geometric({ probs: share(x) }).sample(rng, [20]),
      categorical: new Categorical({ logits: x }).sample(rng, [20]),
      quantile: new Categorical({ logits: x }).quantile(rng.uniform([20])),
    });
    const x = tf.tensor1d([0.7, 6.5]);
    const eager = tf.tidy(() => everything(createRng(3))(x));
    const rng = createRng(3);
    const compiled = jit(everything(rng), { rng, threads: 1 });
    const results = await compiled(x);
    for (const key of ["geometric", "categorical", "quantile"] as const) expectClose(results[key], numbers(eager[key]));
    await compiled.dispose();
  });
});

test("a sampler by rejection says that it can't be compiled, and what can", async () => {
  const rng = createRng(4);
  const compiled = jit((x: tf.Tensor) => new Poisson({ rate: x }).sample(rng, [3]), { rng, threads: 1 });
  await expect((async () => compiled(tf.scalar(3)))()).rejects.toThrow(
    /Poisson\.sample: takes a number of random draws .* cannot be traced; .* use distribution\.quantile\(rng\.uniform\(shape\)\), which can/,
  );
});
