import { detached, type FlatNumbers, logOdds, probability, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logOfTruth, splitLogOdds, whereCertain } from "./certain-bits.js";
import { checkRange } from "./edge-of-support.js";
import { type SuccessOptions, SuccessProbability } from "./success-probability.js";
import { logOfProbability, timesLog } from "./zero-probability.js";

/** Parameters of {@link Bernoulli}. */
export interface BernoulliOptions extends DistributionOptions, SuccessOptions {}

/**
 * Bernoulli distribution: 1 with probability `probs = sigmoid(logits)`, else 0; float32.
 * Shapes: event `[]`, batch: the shape of the parameter. Samples carry no gradient; see RelaxedBernoulli for one that
 * does.
 *
 * `logProb(x)` is linear in x: between 0 and 1 it is the negative cross-entropy, as likelihoods of grey images use it.
 * Float32: with `logits` log-probabilities are exact in both tails.
 *
 * @example
 * ```ts
 * const pixel = new Bernoulli({ logits: [0, 2] });
 * pixel.logProb([1, 1]); // [-0.6931, -0.1269]
 * pixel.mean(); // [0.5, 0.8808]
 * ```
 */
export class Bernoulli extends Distribution {
  static {
    registerKl(Bernoulli, Bernoulli, (q, p) => q.#success.divergence(p.#success));
  }

  readonly isReparameterized = false;
  readonly #success: SuccessProbability;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain.
   */
  constructor({ logits, probs, validate = "shapes" }: BernoulliOptions) {
    const success = new SuccessProbability("Bernoulli", { logits, probs }, probability, validate, logOdds);
    super("Bernoulli", { batchShape: success.shape, eventShape: [] }, { validate });
    this.#success = success;
  }

  /** Log-odds of 1: the given tensor, or a new one. Infinite where a given probability is 0 or 1. */
  get logits(): tf.Tensor {
    return this.#success.logits;
  }

  /** Probability of 1: the given tensor, or a new one. */
  get probs(): tf.Tensor {
    return this.#success.probs;
  }

  /** 0 and 1, `[2, 1, ..., 1]` with an axis of 1 for each axis of the batch. */
  override enumerateSupport(): tf.Tensor {
    return tf.tensor([0, 1], [2, ...this.batchShape.map(() => 1)], "float32");
  }

  /** log P(1) and log P(0); -Infinity where impossible. */
  logProbsOfOneAndZero(): [tf.Tensor, tf.Tensor] {
    return [this.#success.logProbs, this.#success.logComplement];
  }

  override get support(): Support {
    return supports.bits;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    // 1 if an exponential draw is below -log P(0), in Gumbel form: this is exact for probabilities far below the step
    // of a float32 uniform.
    const threshold = tf.neg(this.#success.logComplement);
    return tf.step(tf.add(rng.gumbel(this.sampleShapeOf(sampleShape)), tf.log(threshold)));
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    if (this.#success.hasLogits) {
      const { certain, finite } = splitLogOdds(this.#success.logits);
      // x logits - softplus(logits), without the part that would cancel.
      const bounded = tf.sub(tf.mul(x, finite), tf.relu(finite));
      const usual = tf.sub(bounded, tf.log1p(tf.exp(tf.neg(tf.abs(finite)))));
      return whereCertain(certain, usual, logOfTruth(tf.equal, x, tf.step(certain)));
    }
    const [logOne, logZero] = this.logProbsOfOneAndZero();
    return tf.add(timesLog(x, logOne), timesLog(tf.sub(1, x), logZero));
  }

  protected override _mean(): tf.Tensor {
    return this.probs;
  }

  /** 0 where both are equally likely. */
  protected override _mode(): tf.Tensor {
    return tf.step(tf.sub(this.probs, 0.5));
  }

  protected override _variance(): tf.Tensor {
    return tf.mul(this.#success.probs, this.#success.complement);
  }

  protected override _entropy(): tf.Tensor {
    return tf.neg(this.expectedLog(this.logProbsOfOneAndZero()));
  }

  protected override _cdf(x: tf.Tensor): tf.Tensor {
    const isAtLeastZero = tf.sub(1, tf.step(tf.neg(x)));
    const isAtLeastOne = tf.sub(1, tf.step(tf.sub(1, x)));
    return tf.add(tf.mul(isAtLeastZero, tf.sub(1, this.probs)), tf.mul(isAtLeastOne, this.probs));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    const isAtLeastZero = tf.sub(1, tf.step(tf.neg(x)));
    const isBelowOne = tf.step(tf.sub(1, x));
    const [, logZero] = this.logProbsOfOneAndZero();
    return tf.add(timesLog(tf.mul(isAtLeastZero, isBelowOne), logZero), logOfProbability(isAtLeastZero));
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    const isBelowZero = tf.step(tf.neg(x));
    const isBelowOne = tf.step(tf.sub(1, x));
    const between = tf.mul(isBelowOne, tf.sub(1, isBelowZero));
    return tf.add(timesLog(between, this.#success.logProbs), logOfProbability(isBelowOne));
  }

  /** 0 up to P(0), 1 above; NaN outside [0, 1]. */
  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return detached(
      (p, complement) => {
        const isOne = tf.cast(tf.greater(p as tf.Tensor, complement as tf.Tensor), "float32");
        const isProbability = tf.logicalAnd(tf.greaterEqual(p as tf.Tensor, 0), tf.lessEqual(p as tf.Tensor, 1));
        return tf.where(isProbability, isOne, tf.fill(isOne.shape, Number.NaN));
      },
      ...(toOneShape(probability, this.#success.complement) as [tf.Tensor, tf.Tensor]),
    );
  }

  /** Outside of [0, 1] the linear formula of {@link logProb}, which tensors get unchecked, is not a log-probability. */
  protected override _checkNumbers(owner: string, { data }: FlatNumbers): void {
    checkRange(owner, data, 0, 1);
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkRange(owner, x, 0, 1);
  }

  /** The expectation of a value that is `one` at 1 and `zero` at 0. */
  expectedLog([one, zero]: readonly [tf.Tensor, tf.Tensor]): tf.Tensor {
    const { probs, complement } = this.#success;
    return tf.add(timesLog(probs, one), timesLog(complement, zero));
  }
}
