import { createRng, fitPrior } from "@igr/core";
import { expect, test } from "vitest";
import {
  DiscreteVAE,
  evaluate,
  fit,
  GumbelSoftmaxLatent,
  IgrLatent,
  IgrStickBreakingLatent,
  type JointVAE,
  latentTraversal,
} from "../src/index.js";
import { ArrayImages, bars } from "./array-images.js";
import { trainableModels } from "./trainable-models.js";

const model = Object.values(trainableModels)[0]!();
const images = new ArrayImages(bars(4, 4));
const rng = createRng(1);
const size = { variables: 1, categories: 2, temperature: 0.5 };
const prior = { loc: [0], scale: [1] };
// What JavaScript lets through.
const any = <T>(value: unknown) => value as T;

test.each<[string, () => unknown]>([
  ["fit: options must be among .*'learningrate'", () => fit(model, images, any({ epochs: 1, rng, learningrate: 1 }))],
  ["fit: options must be among .*'validation'", () => fit(model, images, any({ epochs: 1, rng, validation: images }))],
  ["fit: options must be an object, got undefined", () => fit(model, images, any(undefined))],
  ["fit: dataset must be a dataset, .*got an array", () => fit(model, any([[0, 1]]), { epochs: 1, rng })],
  ["fit: validationData must be a dataset", () => fit(model, images, { epochs: 1, rng, validationData: any([[0]]) })],
  ["fit: model must be one of this package", () => fit(any(undefined), images, { epochs: 1, rng })],
  ["fit: optimizer must be a tf.Optimizer", () => fit(model, images, { epochs: 1, rng, optimizer: any("adam") })],
  ["evaluate: options must be among .*'samples'", () => evaluate(model, images, any({ rng, samples: 3 }))],
  ["evaluate: dataset must be a dataset", () => evaluate(model, any([[0]]), { rng })],
  ["IgrLatent: prior must be \\{ loc, scale \\}, .*got undefined", async () => new IgrLatent(any(size))],
  ["IgrLatent: options must be among .*'tau'", async () => new IgrLatent(any({ ...size, prior, tau: 1 }))],
  ["IgrLatent: options must be an object", async () => new IgrLatent(any(undefined))],
  ["GumbelSoftmaxLatent: options .*'hard'", async () => new GumbelSoftmaxLatent(any({ ...size, hard: true }))],
  [
    "IgrStickBreakingLatent: options .*'categories'",
    async () => new IgrStickBreakingLatent(any({ ...size, maxCategories: 2, prior: { loc: [0, 0], scale: [1, 1] } })),
  ],
  ["DiscreteVAE: options must be among .*'latents'", async () => new DiscreteVAE(any({ latents: [] }))],
  ["DiscreteVAE: latent must be a Latent", async () => new DiscreteVAE(any({}))],
  ["latentTraversal: options must be an object", async () => latentTraversal(any<JointVAE>(model), any(undefined))],
  ["latentTraversal: from must be a tensor", async () => latentTraversal(any<JointVAE>(model), any({ rng }))],
  ["fitPrior: options must be an object, got undefined", async () => fitPrior(any(undefined))],
  ["fitPrior: options must be among .*'tau'", async () => fitPrior(any({ target: [0.5, 0.5], tau: 1, rng }))],
])("%s", async (message, call) => {
  await expect(Promise.resolve().then(call)).rejects.toThrow(new RegExp(message));
});
