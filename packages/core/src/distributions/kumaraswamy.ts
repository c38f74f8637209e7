import * as tf from "@tensorflow/tfjs-core";
import type { SampleAndLogProb, SampleAndLogProbOptions } from "../base/distribution.js";
import { registerKl } from "../divergence/kl-registry.js";
import { alongPath } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { digamma } from "../special/digamma.js";
import type { LogTails } from "../special/incomplete-gamma.js";
import { logExpm1 } from "../special/log-expm1.js";
import { logOneMinusExp } from "../special/log-one-minus-exp.js";
import { stirlingRemainder } from "../special/saddle-point.js";
import { Beta } from "./beta.js";
import { ConcentrationPair, type ConcentrationPairOptions } from "./concentration-pair.js";
import { aboveZero, limitAtZero, limitTails } from "./edge-of-support.js";
import { momentRatio } from "./kumaraswamy-moments.js";
import { betaLogDensity, type Shares, stickDivergence } from "./kumaraswamy-stick.js";

const eulerMascheroni = 0.5772156649015329;

/** Parameters of {@link Kumaraswamy}. */
export interface KumaraswamyOptions extends ConcentrationPairOptions {}

/**
 * Kumaraswamy distribution on (0, 1), cdf `1 - (1 - x^a)^b`: similar to a Beta, with an invertible cdf. Shapes: event
 * `[]`; batch: the parameters' broadcast shape. Samples are reparameterized by inversion from one draw each. The KL
 * divergence from it to another, and to a Beta, is exact, by quadrature.
 *
 * Float32: all formulas use log x and log(1 - x^a), so `sampleAndLogProb`, `logCdf` and `logSurvival` are accurate
 * where x rounds to 0 or 1.
 *
 * @example
 * ```ts
 * const share = new Kumaraswamy({ concentration1: 2, concentration0: 5 });
 * share.cdf(0.3); // 0.376
 * share.mean(); // 0.3694
 * ```
 */
export class Kumaraswamy extends ConcentrationPair {
  /** @throws RangeError if a number is not > 0, or the shapes do not broadcast. */
  constructor(options: KumaraswamyOptions) {
    super("Kumaraswamy", options);
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.exp(tf.div(logOneMinusExp(this.#drawLogRest(rng, sampleShape)), this.concentration1));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const logRest = this.#drawLogRest(rng, sampleShape);
    const logX = tf.div(logOneMinusExp(logRest), this.concentration1);
    if (stickTheLanding) return { value: tf.exp(logX), logProb: alongPath(logX, (log) => this.#logDensity(log)) };
    return { value: tf.exp(logX), logProb: this.#logDensity(logX, logRest) };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const inside = tf.minimum(aboveZero(x), 1 - 2 ** -24);
    const atEnds = tf.add(
      limitAtZero(x, tf.sub(this.concentration1, 1)),
      limitAtZero(tf.sub(1, x), tf.sub(this.concentration0, 1)),
    );
    return tf.add(this.#logDensity(tf.log(inside)), atEnds);
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.exp(this.#logOfSurvival(tf.log1p(tf.neg(probability))));
  }

  protected override _mean(): tf.Tensor {
    return tf.exp(this.#logMean());
  }

  /** NaN if a concentration is below 1, where the density is infinite at an end, or if both are 1. */
  protected override _mode(): tf.Tensor {
    const { concentration1: a, concentration0: b } = this;
    // ((a - 1) / (a b - 1))^(1 / a), with a b - 1 = (a - 1) b + (b - 1); the logarithm of a negative number is NaN.
    const [overA, overB] = [tf.sub(a, 1), tf.sub(b, 1)];
    const logPower = tf.sub(tf.log(overA), tf.log(tf.add(tf.mul(overA, b), overB)));
    const isBelow = tf.step(tf.neg(overB));
    return tf.div(tf.mul(tf.exp(tf.div(logPower, a)), tf.sub(1, isBelow)), tf.sub(1, isBelow));
  }

  protected override _variance(): tf.Tensor {
    // E x^2 / (E x)^2 - 1, in logs, since either moment may be 0 in float32.
    const { concentration0: b } = this;
    const logRatio = momentRatio(b, tf.reciprocal(this.concentration1));
    return tf.exp(tf.add(tf.mul(2, this.#logMean()), logExpm1(logRatio)));
  }

  protected override _stddev(): tf.Tensor {
    const logRatio = momentRatio(this.concentration0, tf.reciprocal(this.concentration1));
    return tf.exp(tf.add(this.#logMean(), tf.div(logExpm1(logRatio), 2)));
  }

  protected override _entropy(): tf.Tensor {
    const { concentration1: a, concentration0: b } = this;
    // digamma(b + 1) + Euler's constant, the harmonic number of b.
    const harmonic = tf.add(digamma(tf.add(b, 1)), eulerMascheroni);
    const fromA = tf.mul(tf.sub(1, tf.reciprocal(a)), harmonic);
    return tf.sub(tf.add(tf.sub(1, tf.reciprocal(b)), fromA), tf.log(tf.mul(a, b)));
  }

  /** log(1 - x^a) of a draw: 1 - x^a is a power of a uniform draw, exp(-exponential / b). */
  #drawLogRest(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    const exponential = tf.exp(tf.neg(rng.gumbel(this.sampleShapeOf(sampleShape))));
    return tf.neg(tf.div(exponential, this.concentration0));
  }

  /** log x from log P(X > x). */
  #logOfSurvival(logSurvival: tf.Tensor): tf.Tensor {
    return tf.div(logOneMinusExp(tf.div(logSurvival, this.concentration0)), this.concentration1);
  }

  #logDensity(logX: tf.Tensor, logRest = logOneMinusExp(tf.mul(this.concentration1, logX))): tf.Tensor {
    const { concentration1: a, concentration0: b } = this;
    const powers = tf.add(tf.mul(tf.sub(a, 1), logX), tf.mul(tf.sub(b, 1), logRest));
    return tf.add(tf.add(tf.log(a), tf.log(b)), powers);
  }

  protected override _logTails(x: tf.Tensor): LogTails {
    const logX = tf.log(tf.minimum(aboveZero(x), 1 - 2 ** -24));
    const logPower = tf.mul(this.concentration1, logX);
    const logUpper = tf.mul(this.concentration0, logOneMinusExp(logPower));
    // Where x^a underflows the cdf is b x^a.
    const isTiny = tf.step(tf.sub(-80, logPower));
    const tiny = tf.add(tf.log(this.concentration0), logPower);
    const logLower = tf.where(tf.cast(isTiny, "bool"), tiny, logOneMinusExp(logUpper));
    return limitTails(x, logLower, logUpper, 1);
  }

  /**
   * log E x = log of b B(1 + s, b) with s = 1 / a: minus the logarithm of the binomial coefficient of b + s and s, in
   * Stirling's form, whose terms have one sign except for the remainders.
   */
  #logMean(): tf.Tensor {
    const { concentration1: a, concentration0: b } = this;
    const s = tf.reciprocal(a);
    const product = tf.maximum(tf.mul(a, b), 1e-37); // b / s
    const powers = tf.add(tf.mul(s, tf.log1p(product)), tf.mul(b, tf.log1p(tf.reciprocal(product))));
    const remainders = tf.sub(tf.add(stirlingRemainder(s), stirlingRemainder(b)), stirlingRemainder(tf.add(b, s)));
    return tf.sub(remainders, powers);
  }
}

registerKl(Kumaraswamy, Kumaraswamy, (q, p) => stickDivergence(sharesOf(q), sharesOf(p)));
registerKl(Kumaraswamy, Beta, (q, p) => stickDivergence(sharesOf(q), sharesOf(p), betaLogDensity));

function sharesOf({ concentration1, concentration0 }: Kumaraswamy | Beta): Shares {
  return { a: concentration1, b: concentration0 };
}
