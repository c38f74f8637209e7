import { broadcastShapes, broadcastTensor, detached, Parameter, type ParameterValue, positive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { registerKl } from "../divergence/kl-registry.js";
import { alongPath } from "../gradients/path-gradient.js";
import { withValueSlope } from "../gradients/value-slope.js";
import type { Rng } from "../random/rng.js";
import { gammaDivergence, gammaEntropy } from "../special/gamma-divergence.js";
import { drawLogGamma } from "../special/gamma-draw.js";
import { type LogTails, logIncompleteGamma } from "../special/incomplete-gamma.js";
import { atEnds, logGammaQuantile } from "../special/inverse-tails.js";
import { logPoissonTerm } from "../special/saddle-point.js";
import { aboveZero, checkRange, limitAtZero, limitTails } from "./edge-of-support.js";

/** Parameters of {@link Gamma}. */
export interface GammaOptions extends DistributionOptions {
  /** Shape, > 0; broadcasts against `rate`. */
  readonly concentration: ParameterValue;
  /** Inverse scale, > 0; 1 by default. */
  readonly rate?: ParameterValue;
}

/** A float32, and its logarithm, that replace Infinity where the result would be Infinity - Infinity. */
const [largest, largestLog] = [3e38, 88.8];

/**
 * Gamma distribution on x > 0, density proportional to `x^(concentration - 1) exp(-rate x)`. Shapes: event `[]`; batch:
 * the parameters' broadcast shape. The KL divergence between two of them has a closed form.
 *
 * Samples carry gradients into both parameters by implicit reparameterization (Figurnov, Mohamed and Mnih 2018), and
 * can be traced by a compiler. Float32: a draw with a concentration below 0.05 often rounds to 0, where the log-density
 * is infinite, while that of `sampleAndLogProb` is finite. Log-densities and both tails keep 1e-5 for concentrations to
 * 10^6.
 *
 * @example
 * ```ts
 * const waiting = new Gamma({ concentration: 3, rate: 2 });
 * waiting.logProb(1); // -0.6137
 * waiting.logSurvival(50); // -91.4628
 * ```
 */
export class Gamma extends Distribution {
  readonly isReparameterized = true;
  readonly #concentrationParameter: Parameter;
  readonly #rateParameter: Parameter;

  /** @throws RangeError if a number is not > 0, or the shapes do not broadcast. */
  constructor({ concentration, rate = 1, validate = "shapes" }: GammaOptions) {
    const concentrationParameter = new Parameter("Gamma", "concentration", concentration, positive, validate);
    const rateParameter = new Parameter("Gamma", "rate", rate, positive, validate);
    const batchShape = broadcastShapes("Gamma", {
      concentration: concentrationParameter.shape,
      rate: rateParameter.shape,
    });
    super("Gamma", { batchShape, eventShape: [] }, { validate });
    this.#concentrationParameter = concentrationParameter;
    this.#rateParameter = rateParameter;
  }

  /** Shape: the given tensor, or a new one. */
  get concentration(): tf.Tensor {
    return this.#concentrationParameter.tensor;
  }

  /** Inverse scale: the given tensor, or a new one. */
  get rate(): tf.Tensor {
    return this.#rateParameter.tensor;
  }

  override get support(): Support {
    return supports.nonNegative;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.exp(this.#drawLog(rng, sampleShape));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const logX = this.#drawLog(rng, sampleShape);
    const density = (log: tf.Tensor) => this.#logDensity(log);
    return { value: tf.exp(logX), logProb: stickTheLanding ? alongPath(logX, density) : density(logX) };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    const inside = aboveZero(x);
    const power = tf.sub(this.concentration, 1);
    const density = withValueSlope(
      inside,
      (value) => this.#logDensity(tf.log(value), value),
      (value, exponent, rate) => tf.sub(tf.div(exponent as tf.Tensor, value), rate as tf.Tensor),
      power,
      this.rate,
    );
    return tf.add(density, limitAtZero(x, power));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this.#tails(x).logLower;
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this.#tails(x).logUpper;
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    const tails = { lower: probability, upper: tf.sub(1, probability) };
    const { start, step } = logGammaQuantile(this.concentration, tails);
    const quantile = tf.div(tf.exp(tf.add(start, step)), this.rate);
    return atEnds(probability, quantile, 0, Number.POSITIVE_INFINITY);
  }

  protected override _mean(): tf.Tensor {
    return tf.div(this.concentration, this.rate);
  }

  protected override _variance(): tf.Tensor {
    return tf.div(this._mean(), this.rate);
  }

  protected override _stddev(): tf.Tensor {
    return tf.div(tf.sqrt(this.concentration), this.rate);
  }

  /** 0 for a concentration below 1, where the density is unbounded. */
  protected override _mode(): tf.Tensor {
    return tf.div(tf.relu(tf.sub(this.concentration, 1)), this.rate);
  }

  protected override _entropy(): tf.Tensor {
    return tf.sub(gammaEntropy(this.concentration), tf.log(this.rate));
  }

  protected override _checkSupport(owner: string, x: tf.Tensor): void {
    checkRange(owner, x, 0, Number.POSITIVE_INFINITY);
  }

  #logDensity(logX: tf.Tensor, x = tf.exp(logX)): tf.Tensor {
    const { concentration, rate } = this;
    const scaled = tf.mul(rate, x);
    const isInfinite = detached((v) => tf.cast(tf.equal(v, Number.POSITIVE_INFINITY), "float32"), scaled);
    const finiteLogX = tf.minimum(logX, largestLog);
    const term = logPoissonTerm(concentration, tf.minimum(scaled, largest), tf.add(tf.log(rate), finiteLogX));
    const density = tf.sub(tf.add(tf.log(concentration), term), finiteLogX);
    return tf.add(density, infinityAt(isInfinite, tf.neg(isInfinite)));
  }

  #drawLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    const concentration = broadcastTensor(this.concentration, this.sampleShapeOf(sampleShape));
    return tf.sub(drawLogGamma(rng, concentration), tf.log(this.rate));
  }

  #tails(x: tf.Tensor): LogTails {
    const scaled = tf.minimum(tf.mul(this.rate, aboveZero(x)), largest);
    const { logLower, logUpper } = logIncompleteGamma(this.concentration, scaled, tf.log(scaled));
    return limitTails(x, logLower, logUpper);
  }
}

registerKl(Gamma, Gamma, (q, p) => gammaDivergence(q.concentration, p.concentration, { q: q.rate, p: p.rate }));
