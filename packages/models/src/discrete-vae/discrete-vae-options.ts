import type { Latent } from "../latent/latent.js";
import type { NetworkPair } from "../model/variational-autoencoder.js";
import type { HardFirstOptions } from "./hard-first.js";

/** Options of `DiscreteVAE`. */
export interface DiscreteVAEOptions extends NetworkPair, HardFirstOptions {
  /** The categorical variables: the encoder gives `latent.encoderOutputs` numbers, the decoder takes `latent.decoderInputs`. */
  readonly latent: Latent;
}

/** Options of `DiscreteVAE.hardElbo`. */
export interface HardElboOptions {
  /**
   * p0 of each variable. `'uniform'`: the same for all models, so that their bounds can be compared; the default for
   * relaxed variables. `'own'`: the distribution of argmax z under the model's prior, which is not uniform after `fitPrior`
   * by means; the default for variables with one-hot draws, such as those of {@link CategoricalLatent}, whose prior is a
   * part of the discrete model.
   */
  readonly prior?: "uniform" | "own";
}

/** Its names, for `checkNamedOptions`. */
export const discreteVaeOptions = {
  encoder: "required",
  decoder: "required",
  latent: "checked",
  likelihood: "required",
  freeBits: "optional",
  hardWeight: "optional",
  hardPrior: "optional",
} as const;
