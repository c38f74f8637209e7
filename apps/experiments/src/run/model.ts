import { createRng, fitPrior } from "@igr/core";
import {
  BernoulliLikelihood,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  GaussianLikelihood,
  GumbelSoftmaxLatent,
  IgrLatent,
  type Latent,
} from "@igr/models";
import type { RunConfiguration } from "./configuration.js";

/**
 * The discrete VAE of a configuration. Weights and prior depend on its seed alone: networks that different relaxations share
 * start from the same numbers.
 */
export function buildModel(configuration: RunConfiguration): DiscreteVAE {
  const rng = createRng(configuration.seed);
  const latent = buildLatent(configuration);
  const likelihood =
    configuration.likelihood === "bernoulli" ? new BernoulliLikelihood() : new GaussianLikelihood({ scale: "learned" });
  return new DiscreteVAE({
    encoder: denseEncoder({ outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
    decoder: denseDecoder({ inputs: latent.decoderInputs, rng: rng.fork("decoder") }),
    latent,
    likelihood,
  });
}

function buildLatent({ relaxation, variables, categories, temperature, delta, seed }: RunConfiguration): Latent {
  if (relaxation === "gs") return new GumbelSoftmaxLatent({ variables, categories, temperature });
  const fitted = fitPrior({
    target: Array<number>(categories).fill(1 / categories),
    transform: "softmax++",
    temperature,
    delta,
    rng: createRng(seed).fork("prior"),
  });
  const latent = new IgrLatent({ variables, categories, temperature, delta, prior: fitted });
  fitted.dispose();
  return latent;
}
