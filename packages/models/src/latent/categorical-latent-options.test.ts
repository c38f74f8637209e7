import { createRng, Reinforce } from "@igr/core";
import { expect, test } from "vitest";
import { JointVAE } from "../joint-vae/joint-vae.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { CategoricalLatent } from "./categorical-latent.js";
import { GaussianLatent } from "./gaussian-latent.js";

test("rejects invalid options", () => {
  const make = (options: object) => () => new CategoricalLatent({ variables: 2, categories: 3, ...options });
  expect(make({ prior: [0.5, 0.5] })).toThrow("CategoricalLatent: prior must hold 3 numbers > 0, got [0.5,0.5]");
  expect(make({ prior: [0.5, 0.5, 0] })).toThrow("CategoricalLatent: prior must hold 3 numbers > 0");
  expect(make({ prior: [0.5, 0.4, 0.3] })).toThrow("CategoricalLatent: prior must sum to 1, got 1.2");
  expect(make({ prior: [[0.5, 0.25, 0.25]] })).toThrow("prior must hold a list for each of 2 variables, got 1");
  expect(make({ prior: "uniform" })).toThrow("prior must be an array of K probabilities");
  expect(make({ estimator: { kind: "magic" } })).toThrow(
    "CategoricalLatent: estimator: kind must be 'straight-through'",
  );
  expect(make({ estimator: { kind: "reinmax", temperature: 0 } })).toThrow("ReinMax: temperature must be");
  expect(make({ estimator: { kind: "carms", samples: 1 } })).toThrow(
    "Carms: samples must be a whole number >= 2, got 1",
  );
  expect(make({ estimator: { kind: "reinforce", baseline: "moving-average", decay: 1 } })).toThrow(
    "Reinforce: decay must be a number in [0, 1), got 1",
  );
  expect(make({ categories: 1 })).toThrow("CategoricalLatent: categories must be a whole number >= 2, got 1");
  const own = new CategoricalLatent({ variables: 2, categories: 3, estimator: new Reinforce() });
  expect(() => own.config()).toThrow("an estimator given as an object cannot be saved");
  expect(
    () =>
      new JointVAE({
        continuous: [new GaussianLatent({ variables: 1 })],
        discrete: [own],
        gamma: 1,
        capacities: { continuous: { kind: "constant", value: 1 } as never, discrete: 1 },
        encoder: denseNetwork({ inputs: 16, hidden: [4], outputs: 8, rng: createRng(1) }),
        decoder: denseNetwork({ inputs: 7, hidden: [4], outputs: 16, rng: createRng(1) }),
        likelihood: new BernoulliLikelihood(),
      }),
  ).toThrow("JointVAE: discrete must hold relaxed parts, whose draws pass gradients on, got CategoricalLatent");
});
