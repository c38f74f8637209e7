import { Parameter, type ParameterValue, positive, quotient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Distribution, type DistributionOptions } from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { closedKl, registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { type LogTails, logTails } from "../special/incomplete-gamma.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { signedNormalQuantile } from "../special/normal-quantile.js";
import { checkRange, limitAtZero, limitTails } from "./edge-of-support.js";
import { Normal } from "./normal.js";

const logHalfPi = Math.log(Math.PI / 2);

/** Parameters of {@link HalfNormal}. */
export interface HalfNormalOptions extends DistributionOptions {
  /** Standard deviation of the underlying normal variable, > 0, `[...batch]`. */
  readonly scale: ParameterValue;
}

/**
 * Half-normal distribution on x >= 0: the magnitude of a normal variable of mean 0 and standard deviation `scale`.
 * Shapes: event `[]`; batch: the shape of the scale. Samples are reparameterized. The KL divergence between two of them
 * has a closed form. Float32: `logCdf` near 0 and `logSurvival` in the upper tail keep 1e-6 relatively; below 0 the
 * log-density is -Infinity.
 *
 * @example
 * ```ts
 * const spread = new HalfNormal({ scale: 2 });
 * spread.logProb([0, 2]); // [-0.9189, -1.4189]
 * spread.mean(); // 1.5958
 * ```
 */
export class HalfNormal extends Distribution {
  readonly isReparameterized = true;
  readonly #parameter: Parameter;

  /** @throws RangeError if a scale given as a number is not > 0. */
  constructor({ scale, validate = "shapes" }: HalfNormalOptions) {
    const parameter = new Parameter("HalfNormal", "scale", scale, positive, validate);
    super("HalfNormal", { batchShape: parameter.shape, eventShape: [] }, { validate });
    this.#parameter = parameter;
  }

  /** Standard deviation of the normal variable: the given tensor, or a new one. */
  get scale(): tf.Tensor {
    return this.#parameter.tensor;
  }

  override get support(): Support {
    return supports.nonNegative;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.mul(tf.abs(rng.normal(this.sampleShapeOf(sampleShape))), this.scale);
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const square = tf.square(this.#standardize(x));
    const density = tf.sub(tf.neg(tf.mul(0.5, tf.add(square, logHalfPi))), tf.log(this.scale));
    return tf.add(density, limitAtZero(x, tf.scalar(0)));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this.#tails(x).logLower;
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this.#tails(x).logUpper;
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    const p = probability;
    return tf.mul(this.scale, signedNormalQuantile(tf.div(p, 2), tf.div(tf.sub(1, p), 2)));
  }

  protected override _mean(): tf.Tensor {
    return tf.mul(Math.sqrt(2 / Math.PI), this.scale);
  }

  protected override _mode(): tf.Tensor {
    return tf.zerosLike(this.scale);
  }

  protected override _variance(): tf.Tensor {
    return tf.mul(1 - 2 / Math.PI, tf.square(this.scale));
  }

  protected override _stddev(): tf.Tensor {
    return tf.mul(Math.sqrt(1 - 2 / Math.PI), this.scale);
  }

  protected override _entropy(): tf.Tensor {
    return tf.add(tf.log(this.scale), (1 + logHalfPi) / 2);
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkRange(owner, x, 0, Number.POSITIVE_INFINITY);
  }

  #standardize(x: tf.Tensor): tf.Tensor {
    return quotient(tf.maximum(x, 0), this.scale);
  }

  #tails(x: tf.Tensor): LogTails {
    const t = this.#standardize(x);
    // The smaller tail: below the median the integrated series of the density, above it twice a normal tail.
    const upperIsSmaller = tf.step(tf.sub(t, 0.6745));
    const isLower = tf.sub(1, upperIsSmaller);
    const small = tf.add(tf.mul(isLower, tf.maximum(t, 2 ** -126)), upperIsSmaller);
    const lower = tf.add(tf.log(small), logSeries(tf.square(small)));
    const upper = tf.add(Math.LN2, logNormalCdf(tf.neg(tf.add(t, isLower))));
    const { logLower, logUpper } = logTails(tf.where(tf.cast(isLower, "bool"), lower, upper), upperIsSmaller);
    return limitTails(x, logLower, logUpper);
  }
}

/** log of the integral of the standard density from 0 to t, over t, from t^2 <= 1. */
function logSeries(square: tf.Tensor): tf.Tensor {
  // sqrt(2 / pi) times the sum of (-t^2 / 2)^k / (k! (2 k + 1)).
  let sum: tf.Tensor = tf.zerosLike(square);
  for (let k = 9; k >= 1; k--) {
    const ratio = (-0.5 * (2 * k - 1)) / (k * (2 * k + 1));
    sum = tf.mul(tf.mul(ratio, square), tf.add(1, sum));
  }
  return tf.sub(tf.log1p(sum), logHalfPi / 2);
}

registerKl(HalfNormal, HalfNormal, (q, p) =>
  closedKl(new Normal({ loc: 0, scale: q.scale }), new Normal({ loc: 0, scale: p.scale })),
);
