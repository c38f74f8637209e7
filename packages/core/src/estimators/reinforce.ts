import { checkNumber, checkOneOf, constant, type Domain } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { addGradient, withEventAxes } from "../gradients/added-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkOneHot } from "./check-one-hot.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";

/** Parameters of {@link Reinforce}. */
export interface ReinforceOptions extends EstimatorOptions {
  /**
   * The baseline that is subtracted from the loss: nothing (`'none'`, the default); an exponential moving average of
   * the losses of earlier calls (`'moving-average'`); or, for each of at least 2 `samples`, the mean of the others
   * (`'leave-one-out'`).
   */
  readonly baseline?: "none" | "moving-average" | "leave-one-out";
  /** Decay of the moving average for each call, in [0, 1); 0.99 by default. */
  readonly decay?: number;
}

const decays: Domain = { allowed: "a number in [0, 1)", contains: (value) => value >= 0 && value < 1 };

/**
 * The score function estimator, `(loss(z) - baseline) grad log q(z)` (Williams 1992; eq 2 in Potapczynski, Loaiza-Ganem and
 * Cunningham 2020). Unbiased with each baseline, needs no gradient of the loss with respect to z, and has the largest
 * variance of all. Leave-one-out: Kool, van Hoof and Welling (2019), the multi-sample form without hyperparameters.
 *
 * The moving average is kept in two variables that {@link surrogate} assigns: use one estimator for each loss. Compiled
 * functions keep the variables as state.
 *
 * For IGR, whose argmax has no reparameterized conditional, pass `igr.discrete()`: gradients flow through the
 * probabilities of its categories into loc and scale.
 *
 * @example
 * ```ts
 * const logits = tf.zeros([2, 3]);
 * const loss = (z) => tf.sum(tf.square(tf.sub(tf.sum(tf.mul(z, [0, 0.5, 1]), 1), 0.45)));
 * const estimator = new Reinforce();
 * const surrogate = (x) => estimator.surrogate(new OneHotCategorical({ logits: x }), loss, createRng(1));
 * tf.grad(surrogate)(logits); // an estimate, [2, 3]
 * ```
 */
export class Reinforce extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = true;
  readonly needsLossGradient = false;
  /** Which baseline is subtracted. */
  readonly baseline: "none" | "moving-average" | "leave-one-out";
  readonly #decay: number;
  readonly #average: { readonly sum: tf.Variable; readonly weight: tf.Variable } | undefined;

  /**
   * @throws RangeError for an unknown baseline, a decay outside [0, 1) or too few samples; TypeError if `samples` is missing for
   * leave-one-out.
   */
  constructor(options: ReinforceOptions = {}) {
    const { baseline = "none", decay = 0.99 } = options;
    checkOneOf("Reinforce", "baseline", baseline, ["none", "moving-average", "leave-one-out"]);
    checkNumber("Reinforce", "decay", decay, decays);
    if (baseline === "leave-one-out" && options.samples === undefined) {
      throw new TypeError("Reinforce: baseline 'leave-one-out' needs samples, a whole number >= 2");
    }
    super("Reinforce", options, baseline === "leave-one-out" ? 2 : 1);
    this.baseline = baseline;
    this.#decay = decay;
    if (baseline === "moving-average") {
      const zero = () => tf.tidy(() => tf.variable(tf.scalar(0), false));
      this.#average = { sum: zero(), weight: zero() };
    }
  }

  /** The moving average's sum and weight; none for another baseline. */
  override get stateVariables(): tf.Variable[] {
    return this.#average ? [this.#average.sum, this.#average.weight] : [];
  }

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot("Reinforce.surrogate", distribution);
    const z = distribution.sample(rng, sampleShape);
    const value = loss(z);
    const centred = withEventAxes(this.#centre(constant(value)), z.rank);
    const slope = tf.mul(centred, tf.sub(z, constant(distribution.probs)));
    return addGradient(value, distribution.logits, slope);
  }

  #centre(value: tf.Tensor): tf.Tensor {
    switch (this.baseline) {
      case "none":
        return value;
      case "leave-one-out": {
        const samples = this.samples as number;
        return tf.mul(tf.sub(value, tf.mean(value, 0, true)), samples / (samples - 1));
      }
      case "moving-average":
        return this.#centreByAverage(value);
    }
  }

  /** The average covers earlier calls only: including this loss would bias the estimate. */
  #centreByAverage(value: tf.Tensor): tf.Tensor {
    const { sum, weight } = this.#average as { sum: tf.Variable; weight: tf.Variable };
    // 0 / 1 at the first call.
    const empty = tf.sub(1, tf.step(weight));
    const centred = tf.sub(value, tf.div(sum, tf.add(weight, empty)));
    sum.assign(tf.add(tf.mul(sum, this.#decay), tf.mul(1 - this.#decay, tf.mean(value))));
    weight.assign(tf.add(tf.mul(weight, this.#decay), 1 - this.#decay));
    return centred;
  }
}
