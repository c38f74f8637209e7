import { createRng } from "@igr/core";
import { JointVAE, type JointVAEOptions } from "../src/joint-vae/joint-vae.js";
import { GaussianLatent } from "../src/latent/gaussian-latent.js";
import { GumbelSoftmaxLatent } from "../src/latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../src/latent/igr-latent.js";
import { BernoulliLikelihood } from "../src/likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../src/network/dense.js";

export const prior = { loc: [-0.5, 0.25], scale: [0.4, 1.2] };

export const parts = () => ({
  continuous: [new GaussianLatent({ variables: 2 })],
  discrete: [
    new IgrLatent({ variables: 1, categories: 3, temperature: 0.6, prior }),
    new GumbelSoftmaxLatent({ variables: 1, categories: 3, temperature: 0.6 }),
  ],
});

export function makeModel(pixels = 6, options: Partial<JointVAEOptions> = {}): JointVAE {
  const latents = { ...parts(), ...options };
  const all = [...latents.continuous, ...latents.discrete];
  const total = (size: (part: (typeof all)[number]) => number) => all.reduce((sum, part) => sum + size(part), 0);
  const rng = createRng(1);
  const outputs = total((part) => part.encoderOutputs);
  const inputs = total((part) => part.decoderInputs);
  return new JointVAE({
    encoder: denseNetwork({ inputs: pixels, hidden: [5], outputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs, hidden: [5], outputs: pixels, rng: rng.fork("d") }),
    likelihood: new BernoulliLikelihood(),
    gamma: 7,
    capacities: { continuous: 0.8, discrete: 1.7 },
    ...latents,
  });
}
