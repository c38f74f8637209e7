import { createRng } from "@igr/core";
import { DiscreteVAE } from "../src/discrete-vae/discrete-vae.js";
import { IgrCategoricalLatent } from "../src/latent/igr-categorical-latent.js";
import { IgrLatent } from "../src/latent/igr-latent.js";
import { IgrPlanarLatent } from "../src/latent/igr-planar-latent.js";
import { IgrStickBreakingLatent } from "../src/latent/igr-stick-breaking-latent.js";
import type { Latent } from "../src/latent/latent.js";
import { BernoulliLikelihood } from "../src/likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../src/network/dense.js";

export const size = { variables: 2, categories: 4 };

export const prior = { loc: [-0.5, 0.2, 0.1], scale: [0.7, 1.2, 0.9] };

export const sticks = { loc: [-1, -0.8, -0.6, -0.2, 0.3], scale: [0.7, 1.2, 0.9, 1, 0.8] };

export const planar = (options: object = {}) =>
  new IgrPlanarLatent({ ...size, depth: 2, temperature: 0.3, prior, rng: createRng(1), ...options });

export const igr = (options: object = {}) => new IgrLatent({ ...size, temperature: 0.3, prior, ...options });

export const igrSb = (options: object = {}) =>
  new IgrStickBreakingLatent({ variables: 2, maxCategories: 5, temperature: 0.3, rho: 0.8, prior: sticks, ...options });

export const igrCategorical = (options: object = {}) =>
  new IgrCategoricalLatent({ ...size, temperature: 0.3, ...options });

export function makeModel(latent: Latent): DiscreteVAE {
  const rng = createRng(1);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 16, hidden: [8], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [8], outputs: 16, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}
