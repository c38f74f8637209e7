import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { DistributionOptions } from "../../base/distribution.js";
import { type Support, supports } from "../../base/support.js";
import { registerKl } from "../../divergence/kl-registry.js";
import type { Rng } from "../../random/rng.js";
import { type LogTails, logTails } from "../../special/incomplete-gamma.js";
import { type CategoryOptions, CategoryProbabilities } from "../category-probabilities.js";
import { timesLog } from "../zero-probability.js";
import { CountDistribution } from "./count-distribution.js";

/** Parameters of {@link Categorical}. */
export interface CategoricalOptions extends DistributionOptions, CategoryOptions {}

// Below every logarithm of a float32 probability, and far enough from the range's end to be added to.
const impossible = -1e30;

/**
 * One of K categories by its number, 0 to K-1, float32; {@link OneHotCategorical} has vectors instead. Shapes: event
 * `[]`, batch: the parameter's shape without its last axis. Mean, variance, cdf and quantile are those of the number.
 * The KL divergence between two of them has a closed form (eq 9). Samples can be traced by a compiler.
 *
 * @example
 * ```ts
 * const weights = new Categorical({ probs: [0.2, 0.5, 0.3] });
 * weights.logProb([0, 1, 2]); // [-1.6094, -0.6931, -1.204]
 * weights.cdf(1); // 0.7
 * ```
 */
export class Categorical extends CountDistribution {
  /** Number of categories K. */
  readonly categories: number;
  readonly #given: CategoryProbabilities;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for no categories or
   * numbers outside their domain.
   */
  constructor({ logits, probs, validate = "shapes" }: CategoricalOptions) {
    const given = new CategoryProbabilities("Categorical", { logits, probs }, validate);
    super("Categorical", { batchShape: given.batchShape, eventShape: [] }, { validate });
    this.categories = given.categories;
    this.#given = given;
  }

  /** Logits, `[..., K]`: the given tensor, or the logarithms of the given probabilities. Not normalized. */
  get logits(): tf.Tensor {
    return this.#given.logits;
  }

  /** Probabilities, `[..., K]`: the given tensor, or a new one. */
  get probs(): tf.Tensor {
    return this.#given.probs;
  }

  /** Logarithms of the probabilities, `[..., K]`. */
  get logProbs(): tf.Tensor {
    return this.#given.logProbs;
  }

  /** 0 to K-1, `[K, 1, ..., 1]` with an axis of 1 for each axis of the batch. */
  override enumerateSupport(): tf.Tensor {
    return this.supportTo(this.categories - 1);
  }

  override get support(): Support {
    return supports.categories;
  }

  protected override get largest(): tf.Tensor {
    return tf.scalar(this.categories - 1);
  }

  protected override get searchLimit(): number {
    return this.categories - 1;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    // The category of the largest logit plus Gumbel noise. Logits are normalized first, since rounding at large logits
    // would lose the noise.
    const noise = rng.gumbel([...this.sampleShapeOf(sampleShape), this.categories]);
    return tf.cast(tf.argMax(tf.add(this.logProbs, noise), -1), "float32");
  }

  protected override _logPmf(k: tf.Tensor): tf.Tensor {
    const chosen = detached(
      (value) => tf.cast(tf.equal(tf.expandDims(value as tf.Tensor, -1), tf.range(0, this.categories)), "float32"),
      k,
    );
    return withNaN(tf.sum(timesLog(chosen, this.logProbs), -1), k);
  }

  protected override _logTails(k: tf.Tensor): LogTails {
    const { logProbs } = this;
    const isLower = detached(
      (value) => tf.cast(tf.lessEqual(tf.range(0, this.categories), tf.expandDims(value as tf.Tensor, -1)), "float32"),
      k,
    );
    const bounded = tf.maximum(logProbs, impossible);
    const logSum = (isIncluded: tf.Tensor) =>
      tf.logSumExp(tf.add(tf.mul(isIncluded, bounded), tf.mul(tf.sub(1, isIncluded), impossible)), -1);
    const [logLower, logUpper] = [logSum(isLower), logSum(tf.sub(1, isLower))];
    const upperIsSmaller = tf.step(tf.sub(logLower, logUpper));
    const logSmaller = tf.minimum(tf.minimum(logLower, logUpper), 0);
    const isZero = detached((x) => tf.cast(tf.less(x as tf.Tensor, impossible / 2), "float32"), logSmaller);
    const tails = logTails(logSmaller, upperIsSmaller);
    return {
      logLower: withNaN(toMinusInfinity(tails.logLower, isZero), k),
      logUpper: withNaN(toMinusInfinity(tails.logUpper, isZero), k),
    };
  }

  protected override _mean(): tf.Tensor {
    return tf.sum(tf.mul(this.probs, tf.range(0, this.categories)), -1);
  }

  protected override _variance(): tf.Tensor {
    const distance = tf.sub(tf.range(0, this.categories), tf.expandDims(this._mean(), -1));
    return tf.sum(tf.mul(this.probs, tf.square(distance)), -1);
  }

  /** The first of equally likely categories. */
  protected override _mode(): tf.Tensor {
    return tf.cast(this.#given.mostProbable, "float32");
  }

  protected override _entropy(): tf.Tensor {
    return tf.neg(tf.sum(timesLog(this.probs, this.logProbs), -1));
  }
}

/** `x`, or NaN where `k` is NaN, which comparisons would hide. */
function withNaN(x: tf.Tensor, k: tf.Tensor): tf.Tensor {
  return tf.add(x, tf.mul(0, k));
}

/** -Infinity where the sum over impossible categories was -1e30; the other tail is already 0. */
function toMinusInfinity(x: tf.Tensor, isZero: tf.Tensor): tf.Tensor {
  return tf.where(
    tf.logicalAnd(tf.cast(isZero, "bool"), tf.less(x, impossible / 2)),
    tf.fill(x.shape, Number.NEGATIVE_INFINITY),
    x,
  );
}

registerKl(Categorical, Categorical, (q, p) => {
  if (q.categories !== p.categories) return `they have ${q.categories} and ${p.categories} categories`;
  const { probs } = q;
  return tf.sub(tf.sum(timesLog(probs, q.logProbs), -1), tf.sum(timesLog(probs, p.logProbs), -1));
});
