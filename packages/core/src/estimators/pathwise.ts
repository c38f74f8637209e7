import type * as tf from "@tensorflow/tfjs-core";
import type { RelaxedDistribution } from "../base/relaxed-distribution.js";
import type { Rng } from "../random/rng.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";

/** Parameters of {@link Pathwise}. */
export interface PathwiseOptions extends EstimatorOptions {
  /**
   * Evaluates the loss at one-hot draws, with the gradient of the relaxed draws: with a Concrete this is the
   * straight-through Gumbel-Softmax. By default the loss is evaluated at the relaxed draws.
   */
  readonly hard?: boolean;
}

/**
 * The reparameterization gradient of a relaxation, `grad loss(g(noise, parameters))` (eq 4 in Potapczynski,
 * Loaiza-Ganem and Cunningham 2020): Concrete (Gumbel-Softmax, Jang, Gu and Poole 2017), IGR with any transform, or a
 * custom relaxed distribution. Unbiased for the relaxed expectation, biased for the discrete one; the bias falls and
 * the variance rises as the temperature falls.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.mul(z, [1, 2, 4]));
 * const estimator = new Pathwise({ hard: true }); // the straight-through Gumbel-Softmax
 * const surrogate = (logits) =>
 *   estimator.surrogate(new Concrete({ logits, temperature: 0.5 }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 0, 0])); // an estimate, [3]
 * ```
 */
export class Pathwise extends GradientEstimator<RelaxedDistribution> {
  readonly isUnbiased = false;
  readonly needsLossGradient = true;
  /** Whether the loss is evaluated at one-hot draws. */
  readonly hard: boolean;

  /** @throws RangeError unless `samples` is a whole number >= 1. */
  constructor({ hard = false, ...options }: PathwiseOptions = {}) {
    super("Pathwise", options);
    this.hard = hard;
  }

  protected override _surrogate(
    distribution: RelaxedDistribution,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    if (!distribution?.isRelaxed) {
      throw new TypeError(
        `Pathwise.surrogate: distribution must be a relaxed one, such as Concrete or IGR, got ${String(distribution?.name ?? distribution)}`,
      );
    }
    return loss(distribution.sample(rng, sampleShape, { hard: this.hard }));
  }
}
