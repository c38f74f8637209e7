import { broadcastShapes, finite, Parameter, type ParameterValue, positive, quotient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import {
  Distribution,
  type DistributionOptions,
  type SampleAndLogProb,
  type SampleAndLogProbOptions,
} from "../base/distribution.js";
import { type Support, supports } from "../base/support.js";
import { stopGradient } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";

/** Parameters of {@link Normal}, {@link Gumbel} and {@link Logistic}. */
export interface LocationScaleOptions extends DistributionOptions {
  /** Location, any shape that broadcasts against `scale`. */
  readonly loc: ParameterValue;
  /** Scale, > 0, any shape that broadcasts against `loc`. */
  readonly scale: ParameterValue;
}

/**
 * The common part of {@link Normal}, {@link Gumbel} and {@link Logistic}: `loc + scale * noise` with a standard noise.
 * Event shape `[]`; batch: the broadcast shape of `loc` and `scale`. To write another one, implement the hooks that
 * take a standardized value, (x - loc) / scale.
 */
export abstract class LocationScale extends Distribution {
  readonly isReparameterized = true;
  readonly #locParameter: Parameter;
  readonly #scaleParameter: Parameter;

  override get support(): Support {
    return supports.real;
  }

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  protected constructor(name: string, { loc, scale, validate = "shapes" }: LocationScaleOptions) {
    const locParameter = new Parameter(name, "loc", loc, finite, validate);
    const scaleParameter = new Parameter(name, "scale", scale, positive, validate);
    const batchShape = broadcastShapes(name, { loc: locParameter.shape, scale: scaleParameter.shape });
    super(name, { batchShape, eventShape: [] }, { validate });
    this.#locParameter = locParameter;
    this.#scaleParameter = scaleParameter;
  }

  /** The location: the given tensor, or a new one made from the numbers. */
  get loc(): tf.Tensor {
    return this.#locParameter.tensor;
  }

  /** The scale: the given tensor, or a new one made from the numbers. */
  get scale(): tf.Tensor {
    return this.#scaleParameter.tensor;
  }

  /** Whether the scale is known to equal that of `other`: one tensor object, or equal numbers. */
  hasScaleOf(other: LocationScale): boolean {
    return this.#scaleParameter.equals(other.#scaleParameter);
  }

  protected abstract _noise(rng: Rng, shape: readonly number[]): tf.Tensor;
  /** Log-density of the noise. */
  protected abstract _noiseLogProb(t: tf.Tensor): tf.Tensor;
  protected abstract _noiseLogCdf(t: tf.Tensor): tf.Tensor;
  /** Survival function of the noise in logs, log P(noise > t). */
  protected abstract _noiseLogSurvival(t: tf.Tensor): tf.Tensor;
  protected abstract _noiseQuantile(probability: tf.Tensor): tf.Tensor;
  /** Mean of the noise. */
  protected abstract readonly noiseMean: number;
  /** Variance of the noise. */
  protected abstract readonly noiseVariance: number;
  /** Entropy of the noise, in nats. */
  protected abstract readonly noiseEntropy: number;

  protected override _sample(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.scale, this._noise(rng, this.sampleShapeOf(sampleShape))));
  }

  protected override _logProb(x: tf.Tensor): tf.Tensor {
    return tf.sub(this._noiseLogProb(this.#standardize(x)), tf.log(this.scale));
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    { stickTheLanding = false }: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { loc, scale } = this;
    const noise = this._noise(rng, this.sampleShapeOf(sampleShape));
    const value = tf.add(loc, tf.mul(scale, noise));
    // The density uses the noise itself: (x - loc) / scale of the rounded x has few digits if loc is large compared to
    // scale. The added term is 0. With stickTheLanding it has the slope of (x - stop(loc)) / stop(scale); otherwise it
    // keeps a path to loc, since tfjs throws for a gradient without a path.
    if (stickTheLanding) {
      const [fixedLoc, fixedScale] = [stopGradient(loc), stopGradient(scale)];
      const shift = tf.add(tf.sub(loc, fixedLoc), tf.mul(noise, tf.sub(scale, fixedScale)));
      const t = tf.add(noise, tf.div(shift, fixedScale));
      return { value, logProb: tf.sub(this._noiseLogProb(t), tf.log(fixedScale)) };
    }
    const t = tf.add(noise, tf.sub(loc, loc));
    return { value, logProb: tf.sub(this._noiseLogProb(t), tf.log(scale)) };
  }

  protected override _mean(): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.noiseMean, this.scale));
  }

  protected override _mode(): tf.Tensor {
    return this.loc;
  }

  protected override _variance(): tf.Tensor {
    return tf.mul(this.noiseVariance, tf.square(this.scale));
  }

  protected override _stddev(): tf.Tensor {
    return tf.mul(Math.sqrt(this.noiseVariance), this.scale);
  }

  protected override _entropy(): tf.Tensor {
    return tf.add(tf.log(this.scale), this.noiseEntropy);
  }

  protected override _logCdf(x: tf.Tensor): tf.Tensor {
    return this._noiseLogCdf(this.#standardize(x));
  }

  protected override _logSurvival(x: tf.Tensor): tf.Tensor {
    return this._noiseLogSurvival(this.#standardize(x));
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.add(this.loc, tf.mul(this.scale, this._noiseQuantile(probability)));
  }

  #standardize(x: tf.Tensor): tf.Tensor {
    return quotient(tf.sub(x, this.loc), this.scale);
  }
}
