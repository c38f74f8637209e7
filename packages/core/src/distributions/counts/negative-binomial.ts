import { type ParameterValue, positive, unitInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../../base/distribution.js";
import { registerKl } from "../../divergence/kl-registry.js";
import type { UniformSource } from "../../random/uniform-source.js";
import { logIncompleteBeta } from "../../special/incomplete-beta.js";
import type { LogTails } from "../../special/incomplete-gamma.js";
import { logBinomialTerm } from "../../special/saddle-point.js";
import type { SuccessOptions } from "../success-probability.js";
import { drawGamma, drawPoisson } from "./count-samplers.js";
import { SuccessCount, type SuccessOdds } from "./success-count.js";

/** Parameters of {@link NegativeBinomial}. */
export interface NegativeBinomialOptions extends DistributionOptions, SuccessOptions {
  /** Number of successes that end the trials, > 0 and not necessarily whole; broadcasts against the probability. */
  readonly totalCount: ParameterValue;
}

/**
 * Negative binomial distribution: the number of failures before the `totalCount`-th success, with `probs` the
 * probability of success, in (0, 1]. This is scipy's convention; in TensorFlow Probability and torch `probs` is 1 -
 * probs here, and logits have the opposite sign. Shapes: event `[]`, batch: the parameters' broadcast shape. The KL
 * divergence has a closed form if both have one `totalCount`: the same tensor or equal numbers. The entropy has no
 * closed form.
 *
 * Float32: `logProb` is Loader's saddle-point form (2000), within 1e-5 relatively to -1e3 and far below for counts to
 * 10^7; `logCdf` and `logSurvival` have the same accuracy in both tails. Samples are exact, Poisson counts of a gamma
 * rate; they read the parameters, so a compiler cannot trace them.
 *
 * @example
 * ```ts
 * const failures = new NegativeBinomial({ totalCount: 50, probs: 0.6 });
 * failures.mean(); // 33.3333
 * failures.logProb([33, 0]); // [-2.9248, -25.5413]
 * ```
 */
export class NegativeBinomial extends SuccessCount {
  static {
    // totalCount / probs trials are expected, each of each of which contributes the divergence of one Bernoulli
    // variable.
    registerKl(NegativeBinomial, NegativeBinomial, (q, p) =>
      q.count.equals(p.count)
        ? tf.mul(tf.div(q.totalCount, q.probs), q.success.divergence(p.success))
        : "their totalCount is not known to be equal",
    );
  }

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain
   * or shapes that do not broadcast.
   */
  constructor(options: NegativeBinomialOptions) {
    super("NegativeBinomial", options, { totalCount: positive, probs: unitInterval });
  }

  protected override _drawOne(uniform: UniformSource, totalCount: number, { probs, complement }: SuccessOdds): number {
    return drawPoisson(uniform, (drawGamma(uniform, totalCount) * complement) / probs);
  }

  protected override _logPmf(k: tf.Tensor): tf.Tensor {
    const { totalCount } = this;
    const share = tf.neg(tf.log1p(tf.div(k, totalCount)));
    return tf.add(share, logBinomialTerm(totalCount, k, this.success));
  }

  protected override _logTails(k: tf.Tensor): LogTails {
    return logIncompleteBeta(this.totalCount, tf.add(k, 1), this.success);
  }

  protected override _mean(): tf.Tensor {
    return tf.div(tf.mul(this.totalCount, this.success.complement), this.probs);
  }

  protected override _variance(): tf.Tensor {
    return tf.div(this._mean(), this.probs);
  }

  /** The larger of two equally likely counts. */
  protected override _mode(): tf.Tensor {
    const scaled = tf.div(tf.mul(tf.sub(this.totalCount, 1), this.success.complement), this.probs);
    return tf.floor(tf.maximum(scaled, 0));
  }
}
