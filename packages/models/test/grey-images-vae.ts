import { createRng } from "@igr/core";
import { DiscreteVAE } from "../src/discrete-vae/discrete-vae.js";
import type { Latent } from "../src/latent/latent.js";
import { BernoulliLikelihood } from "../src/likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../src/network/dense.js";
import { ArrayImages, bars } from "./array-images.js";
import { ToyLatent } from "./toy-latent.js";
import { numbers } from "./values.js";

export const SIDE = 4;

export function makeModel(latent: Latent = new ToyLatent({ variables: 3, categories: 4 })): DiscreteVAE {
  const rng = createRng(1);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: SIDE * SIDE, hidden: [16], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [16], outputs: SIDE * SIDE, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

export const test10 = () => new ArrayImages(bars(10, SIDE));

export const weights = (model: DiscreteVAE) => model.trainableVariables.map(numbers);
