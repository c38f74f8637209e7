import { createRng } from "@igr/core";
import { DiscreteVAE } from "../src/discrete-vae/discrete-vae.js";
import type { Latent } from "../src/latent/latent.js";
import { BernoulliLikelihood } from "../src/likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../src/network/dense.js";

export const PIXELS = 6;

export const size = { variables: 3, categories: 4 };

export function makeModel(latent: Latent, seed = 1): DiscreteVAE {
  const rng = createRng(seed);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: PIXELS, hidden: [8], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [7], outputs: PIXELS, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}
