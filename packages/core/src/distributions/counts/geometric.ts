import { unitInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../../base/distribution.js";
import { registerKl } from "../../divergence/kl-registry.js";
import type { Rng } from "../../random/rng.js";
import type { LogTails } from "../../special/incomplete-gamma.js";
import { logOneMinusExp } from "../../special/log-one-minus-exp.js";
import { type SuccessOptions, SuccessProbability } from "../success-probability.js";
import { timesLog } from "../zero-probability.js";
import { CountDistribution } from "./count-distribution.js";

/** Parameters of {@link Geometric}. */
export interface GeometricOptions extends DistributionOptions, SuccessOptions {}

/**
 * Geometric distribution: the number of failures before the first success, from 0, with `probs` in (0, 1]; as in torch
 * and TensorFlow Probability, while scipy and numpy count the trials, from 1. Shapes: event `[]`, batch: the shape of
 * the parameter. The KL divergence between two of them has a closed form.
 *
 * Float32: log-probabilities and both tails are exact to 1e-6. Samples are made by inversion from one draw each, and can
 * be traced by a compiler.
 *
 * @example
 * ```ts
 * const failures = new Geometric({ probs: 0.2 });
 * failures.mean(); // 4
 * failures.logSurvival([0, 1000]); // [-0.2231, -223.37]
 * ```
 */
export class Geometric extends CountDistribution {
  static {
    registerKl(Geometric, Geometric, (q, p) => tf.div(q.#success.divergence(p.#success), q.probs));
  }

  readonly #success: SuccessProbability;

  /** @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain. */
  constructor({ logits, probs, validate = "shapes" }: GeometricOptions) {
    const success = new SuccessProbability("Geometric", { logits, probs }, unitInterval, validate);
    super("Geometric", { batchShape: success.shape, eventShape: [] }, { validate });
    this.#success = success;
  }

  /** Probability of success: the given tensor, or a new one. */
  get probs(): tf.Tensor {
    return this.#success.probs;
  }

  /** Log-odds of success: the given tensor, or a new one. Infinite where a given probability is 1. */
  get logits(): tf.Tensor {
    return this.#success.logits;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    // An exponential draw, in steps of -log(1 - probs).
    const exponential = tf.exp(tf.neg(rng.gumbel(this.sampleShapeOf(sampleShape))));
    return tf.floor(tf.div(exponential, tf.neg(this.#success.logComplement)));
  }

  protected override _logPmf(k: tf.Tensor): tf.Tensor {
    return tf.add(timesLog(k, this.#success.logComplement), this.#success.logProbs);
  }

  protected override _logTails(k: tf.Tensor): LogTails {
    const logUpper = tf.mul(tf.add(k, 1), this.#success.logComplement);
    return { logLower: logOneMinusExp(logUpper), logUpper };
  }

  protected override _mean(): tf.Tensor {
    return tf.div(this.#success.complement, this.probs);
  }

  protected override _variance(): tf.Tensor {
    return tf.div(this._mean(), this.probs);
  }

  protected override _mode(): tf.Tensor {
    return tf.zerosLike(this.probs);
  }

  protected override _entropy(): tf.Tensor {
    const { probs, complement, logProbs, logComplement } = this.#success;
    const perTrial = tf.add(timesLog(probs, logProbs), timesLog(complement, logComplement));
    return tf.neg(tf.div(perTrial, probs));
  }
}
