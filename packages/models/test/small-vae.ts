import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { DiscreteVAE } from "../src/discrete-vae/discrete-vae.js";
import type { Latent } from "../src/latent/latent.js";
import { BernoulliLikelihood } from "../src/likelihood/bernoulli-likelihood.js";
import type { Likelihood } from "../src/likelihood/likelihood.js";
import { denseNetwork } from "../src/network/dense.js";
import { numbers } from "./values.js";

export const size = { variables: 2, categories: 3 };

export const x = tf.tensor2d([
  [0, 1, 1, 0],
  [1, 1, 0, 0],
]);

export function makeModel(latent: Latent, likelihood: Likelihood = new BernoulliLikelihood(), seed = 1): DiscreteVAE {
  const rng = createRng(seed);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: [2, 2], hidden: [3], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({
      inputs: latent.decoderInputs,
      hidden: [3],
      outputs: 4 * likelihood.outputsPerPixel,
      rng: rng.fork("d"),
    }),
    latent,
    likelihood,
  });
}

export const elbo = (model: DiscreteVAE) => numbers(model.elbo(x, createRng(2)).elbo);
