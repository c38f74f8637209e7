import { checkNumber, checkOneOf, type Domain, probability } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Latent } from "../latent/latent.js";
import type { ElboTerms } from "../model/model.js";
import type { Scheduled } from "../schedule/schedule.js";

/** Training options of {@link DiscreteVAE} that change the bound of the relaxed model. */
export interface HardFirstOptions {
  /**
   * Nats of each variable's KL that are free in training, >= 0 (free bits; Kingma et al. 2016): the loss contains
   * max(`freeBits`, mean over the batch of the variable's KL). The logged ELBO contains the whole KL. 0 by default.
   */
  readonly freeBits?: number;
  /**
   * Weight w in [0, 1] of the discrete model's bound in the loss, (1 - w) relaxed bound + w hard bound; 0 by default. The hard bound is
   * {@link DiscreteVAE.hardElbo}: its decoder receives one-hot draws, gradients pass them by the Jacobian of the
   * relaxed draw (straight-through), and its KL is computed from the exact probabilities of the categories. `fit`
   * schedules it as `hardWeight`.
   */
  readonly hardWeight?: number;
  /** p0 of the hard bound; see {@link HardElboOptions}. `'uniform'` by default. */
  readonly hardPrior?: "uniform" | "own";
}

const notNegative: Domain = {
  contains: (value) => Number.isFinite(value) && value >= 0,
  allowed: "a finite number >= 0",
};

/**
 * The options with their defaults.
 * @throws RangeError for a number or name out of range; TypeError for an option that the latent part does not support.
 */
export function checkHardFirst(owner: string, latent: Latent, options: HardFirstOptions): Required<HardFirstOptions> {
  const freeBits = checkNumber(owner, "freeBits", options.freeBits ?? 0, notNegative);
  const hardWeight = checkNumber(owner, "hardWeight", options.hardWeight ?? 0, probability);
  const hardPrior = checkOneOf(owner, "hardPrior", options.hardPrior ?? "uniform", ["uniform", "own"]);
  const { name } = latent.constructor;
  if (freeBits > 0 && (latent.trainsMultiSampleBound || (latent.trainingTerms && !latent.categoricalKl))) {
    throw new TypeError(`${owner}: freeBits needs a latent part whose KL is a term of its own, got ${name}`);
  }
  if (hardWeight > 0 && !hasHardBound(latent)) {
    throw new TypeError(
      `${owner}: hardWeight needs relaxed draws whose decoder receives z, and the probabilities of the categories; ${name} lacks one of them`,
    );
  }
  if (hardPrior === "own" && !latent.categoricalKl) {
    throw new TypeError(
      `${owner}: hardPrior 'own' needs a latent part that knows its prior's probabilities, got ${name}`,
    );
  }
  return { freeBits, hardWeight, hardPrior };
}

/**
 * Whether the hard bound can be trained: draws are relaxed, the probabilities of the categories are known, and the
 * decoder receives z itself.
 */
export function hasHardBound(latent: Latent): boolean {
  const receives = (latent as { readonly decoderReceives?: string }).decoderReceives ?? "z";
  return !latent.trainingTerms && latent.discreteLogProbs !== undefined && receives === "z";
}

/**
 * The term `freeKl`, `[B]`: sum over variables of the larger of the batch's mean KL and `freeBits`, the same for every image.
 * `kls` is `[B, N]`.
 */
export function freeKl(kls: tf.Tensor, freeBits: number): tf.Tensor1D {
  const paid = tf.sum(tf.maximum(tf.mean(kls, 0), freeBits));
  return tf.add(tf.zeros([kls.shape[0]!]), paid) as tf.Tensor1D;
}

/** Minus the mean over the images of the weighted bounds. */
export function hardFirstLoss(
  { elbo, reconstruction, kl, freeKl, hardElbo, hardKl }: ElboTerms,
  { klWeight, hardWeight }: Scheduled,
  ownHardWeight: number,
): tf.Scalar {
  return tf.tidy(() => {
    const paid = freeKl ?? kl;
    const isWhole = klWeight === undefined && freeKl === undefined;
    const relaxed = isWhole ? elbo : tf.sub(reconstruction, tf.mul(klWeight ?? 1, paid));
    if (hardElbo === undefined || hardKl === undefined) return tf.neg(tf.mean(relaxed)) as tf.Scalar;
    const hard = klWeight === undefined ? hardElbo : tf.add(hardElbo, tf.mul(tf.sub(1, klWeight), hardKl));
    const weight = hardWeight ?? ownHardWeight;
    return tf.neg(tf.add(tf.mul(tf.sub(1, weight), tf.mean(relaxed)), tf.mul(weight, tf.mean(hard)))) as tf.Scalar;
  });
}
