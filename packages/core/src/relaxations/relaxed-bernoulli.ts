import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { zeroWhere } from "../base/boundary.js";
import type { SampleAndLogProb, SampleAndLogProbOptions } from "../base/distribution.js";
import { certainLogOdds, checkBits, logOfTruth, whereCertain } from "../distributions/certain-bits.js";
import type { Rng } from "../random/rng.js";
import { toLimitAtEdges } from "./binary-density.js";
import { LogitRelaxedBernoulli } from "./logit-relaxed-bernoulli.js";
import { RelaxedBernoulliFamily, type RelaxedBernoulliOptions } from "./relaxed-bernoulli-family.js";
import { logOddsAt } from "./relaxed-binary.js";

export type { RelaxedBernoulliOptions };

/**
 * Relaxed Bernoulli distribution, also called binary Concrete: `z = sigmoid((logits + logistic noise) / temperature)` in
 * (0, 1), a relaxation of {@link Bernoulli} (Maddison, Mnih and Teh 2017, appendix B). The first coordinate of a
 * Concrete over two categories whose logits differ by `logits`.
 *
 * Shapes: event `[]`, batch: the broadcast shape of temperature and logits. Between two of one temperature (the same
 * tensor, or equal numbers) KL is closed: `d coth(d / 2) - 2` with d the difference of the logits. Float32:
 * `sampleAndLogProb` and the log-odds are exact where z rounds to 0 or 1; `logProb(0)` and `logProb(1)` are limits,
 * +Infinity below temperature 1 and -Infinity above; `validate: 'values'` rejects these values. A bit of probability 0
 * or 1 (infinite `logits`) is certain, like a category that {@link Concrete} excludes: each draw is exactly 0 or 1,
 * with log-density 0 there and -Infinity elsewhere.
 *
 * @example
 * ```ts
 * const bit = new RelaxedBernoulli({ temperature: 0.5, logits: [-1, 0, 1] });
 * const z = bit.sample(createRng(1), [100]); // [100, 3]
 * const logit = bit.sampleLogit(createRng(1), [100]); // z = sigmoid(logit)
 * ```
 */
export class RelaxedBernoulli extends RelaxedBernoulliFamily {
  /** @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain. */
  constructor(options: RelaxedBernoulliOptions) {
    super("RelaxedBernoulli", options);
  }

  override get logForm(): LogitRelaxedBernoulli {
    const { temperature, logits, validate } = this;
    return new LogitRelaxedBernoulli({ temperature, logits, validate });
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { value, logProb } = super._sampleLogAndLogProb(rng, sampleShape, options);
    return { value, logProb: whereCertain(this.split.certain, logProb, tf.scalar(0)) };
  }

  protected override _logProbFromLog(logit: tf.Tensor): tf.Tensor {
    const { finite, certain } = this.split;
    const atEdge = detached((x) => tf.cast(tf.equal(tf.abs(x), Number.POSITIVE_INFINITY), "float32"), logit);
    const inside = super._logProbFromLog(zeroWhere(atEdge, logit));
    const correction = toLimitAtEdges(inside, { logit, atEdge, logits: finite, temperature: this.temperature });
    const point = logOfTruth(tf.equal, logit, certainLogOdds(certain));
    return whereCertain(certain, tf.add(inside, correction), point);
  }

  protected override _logCdf(value: tf.Tensor): tf.Tensor {
    return this.withCertain(
      value,
      (x) => this.ofUncertain.logCdf(logOddsAt(tf.clipByValue(x, 0, 1))),
      (certain) => logOfTruth(tf.greaterEqual, value, tf.step(certain)),
    );
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.sigmoid(this.quantileOfLogit(probability));
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    checkBits(owner, value, this.split.certain, {
      allowed: "lie in (0, 1)",
      isAllowed: (z) => z > 0 && z < 1,
      point: (certain) => Math.max(certain, 0),
    });
  }
}
