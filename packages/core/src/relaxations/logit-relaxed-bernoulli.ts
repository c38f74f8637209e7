import * as tf from "@tensorflow/tfjs-core";
import type { SampleAndLogProb, SampleAndLogProbOptions, SampleOptions } from "../base/distribution.js";
import { certainLogOdds, checkBits, logOfTruth, whereCertain } from "../distributions/certain-bits.js";
import type { Rng } from "../random/rng.js";
import { RelaxedBernoulliFamily, type RelaxedBernoulliOptions } from "./relaxed-bernoulli-family.js";

/**
 * The log-odds of a `RelaxedBernoulli` draw: logistic with mean `logits / temperature` and scale `1 / temperature`.
 * `logProb` is with respect to the log-odds. Shapes as there.
 *
 * @example
 * ```ts
 * const bit = new LogitRelaxedBernoulli({ temperature: 0.01, logits: 80 });
 * bit.sampleAndLogProb(createRng(1)); // both finite
 * ```
 */
export class LogitRelaxedBernoulli extends RelaxedBernoulliFamily {
  /** @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain. */
  constructor(options: RelaxedBernoulliOptions) {
    super("LogitRelaxedBernoulli", options);
  }

  override get isLogSpace(): boolean {
    return true;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    if (hard) {
      throw new TypeError(
        "LogitRelaxedBernoulli.sample: the log-odds of 0 and 1 are infinite; use hard with RelaxedBernoulli",
      );
    }
    return this._sampleLog(rng, sampleShape);
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { logit, logProb } = this._drawLogit(rng, sampleShape, options);
    return { value: logit, logProb };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    return this._sampleLogAndLogProb(rng, sampleShape, options);
  }

  protected override _logProb(value: tf.Tensor): tf.Tensor {
    return this._logDensityOfLogit(value);
  }

  protected override _mean(): tf.Tensor {
    return this.ofLogit.mean();
  }

  protected override _mode(): tf.Tensor {
    return this.ofLogit.mode();
  }

  protected override _variance(): tf.Tensor {
    return whereCertain(this.split.certain, this.ofUncertain.variance(), tf.scalar(0));
  }

  protected override _entropy(): tf.Tensor {
    return whereCertain(this.split.certain, this.ofUncertain.entropy(), tf.scalar(0));
  }

  protected override _logCdf(logit: tf.Tensor): tf.Tensor {
    return this.withCertain(
      logit,
      (x) => this.ofUncertain.logCdf(x),
      (certain) => logOfTruth(tf.greaterEqual, logit, certainLogOdds(certain)),
    );
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return this.quantileOfLogit(probability);
  }

  protected override _logProbFromLog(logit: tf.Tensor): tf.Tensor {
    return this._logDensityOfLogit(logit);
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    checkBits(owner, value, this.split.certain, {
      allowed: "be finite log-odds",
      isAllowed: Number.isFinite,
      point: (certain) => certain * Number.POSITIVE_INFINITY,
    });
  }
}
