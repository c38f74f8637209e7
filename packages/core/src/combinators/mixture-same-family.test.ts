import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { continuousLaws, distributionLaws } from "../../test/distribution-laws.js";
import {
  Beta,
  Categorical,
  Concrete,
  createRng,
  IGR,
  MixtureSameFamily,
  MultivariateNormalTriL,
  Normal,
  OneHotCategorical,
  Poisson,
} from "../index.js";

const bimodal = () =>
  new MixtureSameFamily({
    mixture: new Categorical({ probs: [0.3, 0.7] }),
    components: new Normal({ loc: tf.tensor1d([-2, 2]), scale: [0.5, 1] }),
  });

describe("of two normals", () => {
  distributionLaws(bimodal);
  continuousLaws(bimodal, { low: -7, high: 9 });
});

describe("batch of [2], one mixture for both, three Poisson components", () => {
  distributionLaws(
    () =>
      new MixtureSameFamily({
        mixture: new OneHotCategorical({ logits: [0, 1, -1] }),
        components: new Poisson({
          rate: tf.tensor2d([
            [1, 5, 20],
            [2, 2, 0.1],
          ]),
        }),
      }),
  );
});

describe("batch of [2], mixtures of vectors", () => {
  distributionLaws(
    () =>
      new MixtureSameFamily({
        mixture: new Categorical({
          probs: [
            [0.5, 0.5],
            [0, 1],
          ],
        }),
        components: new MultivariateNormalTriL({
          loc: tf.tensor3d([
            [
              [0, 0],
              [3, 4],
            ],
            [
              [1, 1],
              [2, 2],
            ],
          ]),
          scaleTril: [
            [1, 0],
            [0.5, 2],
          ],
        }),
      }),
  );
});

describe.each([
  [
    "IGR",
    () =>
      new IGR({
        loc: [
          [2, 0],
          [-1, -1],
        ],
        scale: [
          [1, 1],
          [0.5, 1],
        ],
        temperature: 0.8,
      }),
  ],
  [
    "Concrete",
    () =>
      new Concrete({
        temperature: 0.7,
        logits: [
          [2, 0, 1],
          [-1, 3, 0],
        ],
      }),
  ],
] as const)("of relaxed components: %s", (_, components) => {
  distributionLaws(
    () => new MixtureSameFamily({ mixture: new Categorical({ probs: [0.4, 0.6] }), components: components() }),
  );
});

test("log-density, cdf and survival are those of the sum, also far out", () => {
  const x = [-40, -1, 0.5, 60];
  const sum = (f: (k: number) => tf.Tensor) => tf.log(tf.add(tf.mul(0.3, tf.exp(f(0))), tf.mul(0.7, tf.exp(f(1)))));
  const parts = [new Normal({ loc: -2, scale: 0.5 }), new Normal({ loc: 2, scale: 1 })];
  const middle = [-1, 0.5];
  expect(bimodal().logProb(middle)).toBeAllClose(
    sum((k) => parts[k]!.logProb(middle)),
    { rtol: 1e-5 },
  );
  expect(bimodal().logCdf(middle)).toBeAllClose(
    sum((k) => parts[k]!.logCdf(middle)),
    { rtol: 1e-5 },
  );
  // Far out the wider component is all there is.
  const wide = tf.add(parts[1]!.logProb(x), Math.log(0.7)).dataSync();
  expect(bimodal().logProb([-40, 60])).toBeAllClose([wide[0]!, wide[3]!], { rtol: 1e-6 });
  expect(bimodal().logSurvival(60)).toBeAllClose(tf.add(parts[1]!.logSurvival(60), Math.log(0.7)), { rtol: 1e-6 });
});

test("gradients reach weights and components", () => {
  const density = (logits: tf.Tensor, loc: tf.Tensor) =>
    new MixtureSameFamily({
      mixture: new Categorical({ logits }),
      components: new Normal({ loc, scale: [0.5, 1] }),
    }).logProb(-1);
  const [ofLogits, ofLoc] = tf.grads(density)([tf.tensor1d([0, 0]), tf.tensor1d([-2, 2])]) as [tf.Tensor, tf.Tensor];
  // With r the share of the first component at x: d / d logit_0 = r - 1/2, d / d loc_k = r_k (x - loc_k) / scale_k^2.
  const [a, b] = [Math.exp(-2) / 0.5, Math.exp(-4.5)];
  const r = a / (a + b);
  expect(ofLogits).toBeAllClose([r - 0.5, 0.5 - r], { rtol: 1e-5 });
  expect(ofLoc).toBeAllClose([r * 4, (1 - r) * -3], { rtol: 1e-5 });
});

test("impossible and infinitely dense points are limits", () => {
  const mixture = new MixtureSameFamily({
    mixture: new Categorical({ probs: [0.5, 0.5] }),
    components: new Beta({ concentration1: [0.5, 2], concentration0: [2, 2] }),
  });
  expect(mixture.logProb([-1, 0])).toBeAllClose([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect(tf.isNaN(mixture.logProb(Number.NaN)).dataSync()[0]).toBe(1);
});

test("samples carry no gradient", () => {
  const gradient = tf.grad((loc: tf.Tensor) =>
    tf.sum(
      tf.add(
        new MixtureSameFamily({
          mixture: new Categorical({ probs: [0.3, 0.7] }),
          components: new Normal({ loc, scale: 1 }),
        }).sample(createRng(1), [10]),
        tf.mul(0, tf.sum(loc)),
      ),
    ),
  );
  expect(gradient(tf.tensor1d([0, 1]))).toBeAllClose([0, 0], { rtol: 0, atol: 0 });
});

test("refuses parts that do not belong together", () => {
  const mixture = new Categorical({ probs: [0.3, 0.7] });
  const components = new Normal({ loc: [1, 2, 3], scale: 1 });
  expect(() => new MixtureSameFamily({ mixture, components })).toThrow(
    "MixtureSameFamily: components must have the mixture's 2 categories as the last axis of their batch, after the mixture's batch shape [], got batch shape [3]",
  );
  expect(() => new MixtureSameFamily({ mixture: components as never, components })).toThrow(
    "MixtureSameFamily: mixture must be a Categorical or a OneHotCategorical, got Normal",
  );
  expect(() => new MixtureSameFamily({ mixture, components: 3 as never })).toThrow(
    "MixtureSameFamily: components must be a distribution, got 3",
  );
  const igr = new MixtureSameFamily({
    mixture,
    components: new IGR({
      loc: [
        [2, 0],
        [-1, -1],
      ],
      scale: [1, 1],
      temperature: 0.8,
    }),
  });
  expect(() => igr.mean()).toThrow("IGR.mean: has no closed form");
});
