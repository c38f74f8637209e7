import {
  broadcastShapes,
  broadcastTensor,
  finite,
  Parameter,
  type ParameterValue,
  positive,
  quotient,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import type { Rng } from "../random/rng.js";
import { drawLogGamma } from "../special/gamma-draw.js";
import { digammaHalfStep, logGammaHalfStep } from "../special/log-gamma-half-step.js";
import { logStudentTail, studentKernel, studentQuantile } from "../special/student-tail.js";

/** Parameters of {@link StudentT}. */
export interface StudentTOptions extends DistributionOptions {
  /** Degrees of freedom, > 0; broadcasts against the others. */
  readonly df: ParameterValue;
  /** Location; 0 by default. */
  readonly loc?: ParameterValue;
  /** Scale, > 0; 1 by default. It is not the standard deviation. */
  readonly scale?: ParameterValue;
}

/**
 * Student's t distribution of `df` degrees of freedom: Cauchy at 1, Normal as they grow. Shapes: event `[]`; batch: the
 * parameters' broadcast shape. Samples carry gradients into all of them, into `df` by implicit reparameterization
 * (Figurnov, Mohamed and Mnih 2018). KL has no closed form.
 *
 * The mean is NaN for df <= 1, as in scipy and torch; the variance is Infinity for df in (1, 2] and NaN below, as in
 * torch. Float32: log-densities and both tails keep 1e-5 for df to 10^6, also where the square of the distance
 * overflows.
 *
 * @example
 * ```ts
 * const robust = new StudentT({ df: 4, loc: 0, scale: 1 });
 * robust.logProb([0, 10]); // [-0.9808, -9.1261]
 * robust.quantile(0.975); // 2.7764
 * ```
 */
export class StudentT extends Distribution {
  readonly isReparameterized = true;
  readonly #dfParameter: Parameter;
  readonly #locParameter: Parameter;
  readonly #scaleParameter: Parameter;

  /** @throws RangeError if `df` or `scale` given as a number is not > 0, or the shapes do not broadcast. */
  constructor({ df, loc = 0, scale = 1, validate = "shapes" }: StudentTOptions) {
    const dfParameter = new Parameter("StudentT", "df", df, positive, validate);
    const locParameter = new Parameter("StudentT", "loc", loc, finite, validate);
    const scaleParameter = new Parameter("StudentT", "scale", scale, positive, validate);
    const batchShape = broadcastShapes("StudentT", {
      df: dfParameter.shape,
      loc: locParameter.shape,
      scale: scaleParameter.shape,
    });
    super("StudentT", { batchShape, eventShape: [] }, { validate });
    this.#dfParameter = dfParameter;
    this.#locParameter = locParameter;
    this.#scaleParameter = scaleParameter;
  }

  /** Degrees of freedom: the given tensor, or a new one. */
  get df(): tf.Tensor {
    return this.#dfParameter.tensor;
  }

  /** Location: the given tensor, or a new one. */
  get loc(): tf.Tensor {
    return this.#locParameter.tensor;
  }

  /** Scale: the given tensor, or a new one. */
  get scale(): tf.Tensor {
    return this.#scaleParameter.tensor;
  }

  override get support(): Support {
    return supports.real;
  }

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.scale, this.#noise(rng, sampleShape)));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    if (options.stickTheLanding) return super._sampleAndLogProb(rng, sampleShape, options);
    const { loc, scale } = this;
    const noise = this.#noise(rng, sampleShape);
    // The density of the noise does not depend on loc, but tfjs throws for a gradient without a path.
    const t = tf.add(noise, tf.sub(loc, loc));
    return { value: tf.add(loc, tf.mul(scale, noise)), logProb: this.#logDensity(t) };
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    return this.#logDensity(this.#standardize(x));
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return logStudentTail(this.#standardize(x), this.df);
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return logStudentTail(tf.neg(this.#standardize(x)), this.df);
  }

  /** Inverts the cdf with about 30 evaluations; differentiable in the parameters. */
  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.scale, studentQuantile(probability, this.df)));
  }

  protected override _mean(): tf.Tensor {
    return tf.add(this.loc, this.#where(1, tf.zerosLike(this.df), Number.NaN));
  }

  protected override _mode(): tf.Tensor {
    return this.loc;
  }

  protected override _variance(): tf.Tensor {
    return tf.mul(tf.square(this.scale), this.#noiseVariance());
  }

  protected override _stddev(): tf.Tensor {
    return tf.mul(this.scale, tf.sqrt(this.#noiseVariance()));
  }

  protected override _entropy(): tf.Tensor {
    const half = tf.div(this.df, 2);
    const ofShape = tf.sub(tf.mul(tf.add(half, 0.5), digammaHalfStep(half)), logGammaHalfStep(half));
    return tf.add(tf.add(ofShape, Math.log(2 * Math.PI) / 2), tf.log(this.scale));
  }

  /** df / (df - 2), Infinity for a df up to 2 and NaN up to 1. */
  #noiseVariance(): tf.Tensor {
    // Unused values of df are kept away from 2.
    const excess = this.#where(2, tf.sub(this.df, 2), 1);
    const ratio = this.#where(2, tf.add(1, tf.div(2, excess)), Number.POSITIVE_INFINITY);
    return this.#where(1, ratio, Number.NaN);
  }

  /** `x` where df is above `bound`, else `otherwise`. */
  #where(bound: number, x: tf.Tensor, otherwise: number): tf.Tensor {
    const isAbove = tf.step(tf.sub(this.df, bound));
    return tf.where(tf.cast(isAbove, "bool"), x, tf.fill(x.shape, otherwise));
  }

  #standardize(x: tf.Tensor): tf.Tensor {
    return quotient(tf.sub(x, this.loc), this.scale);
  }

  #logDensity(t: tf.Tensor): tf.Tensor {
    const normalizer = tf.sub(logGammaHalfStep(tf.div(this.df, 2)), Math.log(2 * Math.PI) / 2);
    return tf.sub(tf.add(studentKernel(t, this.df), normalizer), tf.log(this.scale));
  }

  /** A normal draw over the square root of an independent gamma draw of mean 1. */
  #noise(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    const shape = this.sampleShapeOf(sampleShape);
    const half = broadcastTensor(tf.div(this.df, 2), shape);
    const logRatio = tf.sub(drawLogGamma(rng, half), tf.log(half));
    return tf.mul(rng.normal(shape), tf.exp(tf.mul(-0.5, logRatio)));
  }
}
