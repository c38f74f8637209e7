import { openProbability } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { tiltedDivergence, tiltedMean, tiltedVariance } from "../special/exponential-tilt.js";
import {
  logTiltedDensity,
  logTiltedDensityOfNoise,
  logTiltedTails,
  tiltedEntropy,
  tiltedQuantile,
} from "../special/tilted-uniform.js";
import { aboveZero, checkRange, limitAtZero, limitTails } from "./edge-of-support.js";
import { type SuccessOptions, SuccessProbability } from "./success-probability.js";

/** Parameters of {@link ContinuousBernoulli}. */
export interface ContinuousBernoulliOptions extends DistributionOptions, SuccessOptions {}

/**
 * Continuous Bernoulli distribution on [0, 1], density proportional to `probs^x (1 - probs)^(1 - x)`: the Bernoulli
 * likelihood of grey values, with the normalizing constant that makes it a density (Loaiza-Ganem and Cunningham 2019,
 * "The continuous Bernoulli: fixing a pervasive error in variational autoencoders"). `probs` is not the mean.
 *
 * Shapes: event `[]`; batch: the shape of the parameter. Samples are reparameterized by inversion, from one uniform
 * draw each. The KL divergence between two of them has a closed form. With the log-odds `logits` the density is that of
 * a uniform variable tilted by `exp(logits x)`: at probs = 1/2 it is uniform, and no special case is needed there,
 * unlike in torch and TensorFlow Probability. Float32: 1e-6 relatively for logits of any size, also around 0; outside
 * [0, 1] the log-density is -Infinity.
 *
 * @example
 * ```ts
 * const grey = new ContinuousBernoulli({ probs: [0.2, 0.5] });
 * grey.logProb([0.1, 0.1]); // [0.4757, 0]
 * grey.mean(); // [0.388, 0.5]
 * ```
 */
export class ContinuousBernoulli extends Distribution {
  static {
    registerKl(ContinuousBernoulli, ContinuousBernoulli, (q, p) => tiltedDivergence(q.logits, p.logits));
  }

  readonly isReparameterized = true;
  readonly #success: SuccessProbability;

  /**
   * @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain:
   * finite logits, probs in (0, 1).
   */
  constructor({ logits, probs, validate = "shapes" }: ContinuousBernoulliOptions) {
    const success = new SuccessProbability("ContinuousBernoulli", { logits, probs }, openProbability, validate);
    super("ContinuousBernoulli", { batchShape: success.shape, eventShape: [] }, { validate });
    this.#success = success;
  }

  /** Log-odds of `probs`: the given tensor, or a new one. */
  get logits(): tf.Tensor {
    return this.#success.logits;
  }

  /** The parameter, not the mean: the given tensor, or a new one. */
  get probs(): tf.Tensor {
    return this.#success.probs;
  }

  override get support(): Support {
    return supports.unitInterval;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tiltedQuantile(rng.uniform(this.sampleShapeOf(sampleShape)), this.logits);
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    if (options.stickTheLanding) return super._sampleAndLogProb(rng, sampleShape, options);
    const noise = rng.uniform(this.sampleShapeOf(sampleShape));
    const { logits } = this;
    return { value: tiltedQuantile(noise, logits), logProb: logTiltedDensityOfNoise(noise, logits) };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const flat = tf.scalar(0);
    const outside = tf.add(limitAtZero(x, flat), limitAtZero(tf.sub(1, x), flat));
    return tf.add(logTiltedDensity(tf.clipByValue(x, 0, 1), this.logits), outside);
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this.#tails(x).logLower;
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this.#tails(x).logUpper;
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tiltedQuantile(probability, this.logits);
  }

  protected override _mean(): tf.Tensor {
    return tiltedMean(this.logits);
  }

  /** 1 for positive logits, else 0. For logits of 0 every point is equally probable. */
  protected override _mode(): tf.Tensor {
    return tf.step(this.logits);
  }

  protected override _variance(): tf.Tensor {
    return tiltedVariance(this.logits);
  }

  protected override _entropy(): tf.Tensor {
    return tiltedEntropy(this.logits);
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkRange(owner, x, 0, 1);
  }

  #tails(x: tf.Tensor) {
    const inside = tf.minimum(aboveZero(x), 1);
    const { logLower, logUpper } = logTiltedTails(inside, aboveZero(tf.sub(1, inside)), this.logits);
    return limitTails(x, logLower, logUpper, 1);
  }
}
