import { type ParameterValue, probability, wholeNumber } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../../base/distribution.js";
import { type Support, supports } from "../../base/support.js";
import { registerKl } from "../../divergence/kl-registry.js";
import type { UniformSource } from "../../random/uniform-source.js";
import { logIncompleteBeta } from "../../special/incomplete-beta.js";
import type { LogTails } from "../../special/incomplete-gamma.js";
import { logBinomialTerm } from "../../special/saddle-point.js";
import type { SuccessOptions } from "../success-probability.js";
import { timesLog } from "../zero-probability.js";
import { drawBinomial } from "./count-samplers.js";
import { SuccessCount, type SuccessOdds } from "./success-count.js";

/** Parameters of {@link Binomial}. */
export interface BinomialOptions extends DistributionOptions, SuccessOptions {
  /** Number of trials, whole and from 0 to 2^24; broadcasts against the probability. */
  readonly totalCount: ParameterValue;
}

/**
 * Binomial distribution: the number of successes in `totalCount` independent trials. Shapes: event `[]`, batch: the
 * parameters' broadcast shape. Probabilities of 0 and 1 are allowed. The KL divergence has a closed form if both have
 * one `totalCount`: the same tensor or equal numbers. The entropy is a sum over the support, for a `totalCount` given
 * as numbers up to 10,000.
 *
 * Float32: `logProb` is Loader's saddle-point form (2000), within 1e-5 relatively to -1e3 and far below for counts to
 * 10^7, with `logits` also where `probs` would round to 0 or 1; `logCdf` and `logSurvival` have the same accuracy in
 * both tails. Samples are exact: inversion if fewer than 10 of the rarer outcome are expected, else BTRS (Hörmann
 * 1993); they read the parameters, so a compiler cannot trace them.
 *
 * @example
 * ```ts
 * const heads = new Binomial({ totalCount: 12, probs: 0.3 });
 * heads.logProb([4, 12]); // [-1.4647, -14.4477]
 * heads.cdf(4); // 0.7237
 * ```
 */
export class Binomial extends SuccessCount {
  static {
    registerKl(Binomial, Binomial, (q, p) =>
      q.count.equals(p.count)
        ? tf.mul(q.totalCount, q.success.divergence(p.success))
        : "their totalCount is not known to be equal",
    );
  }

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain
   * or shapes that do not broadcast.
   */
  constructor(options: BinomialOptions) {
    super("Binomial", options, { totalCount: wholeNumber, probs: probability });
  }

  /** The possible counts, `[totalCount + 1, 1, ..., 1]` with an axis of 1 for each axis of the batch. */
  override enumerateSupport(): tf.Tensor {
    const counts = this.count.read();
    const n = counts[0] ?? 0;
    if (counts.some((count) => count !== n)) {
      throw new RangeError(
        `Binomial.enumerateSupport: totalCount must be one number for the whole batch, got ${counts.find((count) => count !== n)} beside ${n}`,
      );
    }
    return this.supportTo(n);
  }

  override get support(): Support {
    return supports.countsToTotal;
  }

  protected override get largest(): tf.Tensor {
    return this.totalCount;
  }

  protected override _drawOne(uniform: UniformSource, totalCount: number, { probs, complement }: SuccessOdds): number {
    return drawBinomial(uniform, totalCount, probs, complement);
  }

  protected override _logPmf(k: tf.Tensor): tf.Tensor {
    return logBinomialTerm(k, tf.sub(this.totalCount, k), this.success);
  }

  protected override _logTails(k: tf.Tensor): LogTails {
    // X > k if the (k + 1)-th smallest of n uniforms, a beta variable, is below the probability.
    const rest = tf.maximum(tf.sub(this.totalCount, k), 1);
    const { logLower, logUpper } = logIncompleteBeta(tf.add(k, 1), rest, this.success);
    return { logLower: logUpper, logUpper: logLower };
  }

  protected override _mean(): tf.Tensor {
    return tf.mul(this.totalCount, this.probs);
  }

  protected override _variance(): tf.Tensor {
    return tf.mul(this._mean(), this.success.complement);
  }

  /** The larger of two equally likely counts. */
  protected override _mode(): tf.Tensor {
    const { totalCount } = this;
    return tf.minimum(tf.floor(tf.mul(tf.add(totalCount, 1), this.probs)), totalCount);
  }

  protected override _entropy(): tf.Tensor {
    if (this.count.given) {
      throw new Error(
        "Binomial.entropy: has no closed form; estimate it by tf.neg(tf.mean(distribution.sampleAndLogProb(rng, [1000]).logProb, 0)), or give totalCount as a number",
      );
    }
    const largest = this.count.read().reduce((a, b) => Math.max(a, b), 0);
    if (largest > 10_000) {
      throw new Error(
        `Binomial.entropy: has no closed form, and is summed for a totalCount to 10000, got ${largest}; estimate it by tf.neg(tf.mean(distribution.sampleAndLogProb(rng, [1000]).logProb, 0))`,
      );
    }
    const logProbs = this._logProb(this.supportTo(largest));
    return tf.neg(tf.sum(timesLog(tf.exp(logProbs), logProbs), 0));
  }
}
