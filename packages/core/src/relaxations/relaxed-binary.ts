import { detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt, zeroWhere } from "../base/boundary.js";
import type { SampleAndLogProb, SampleAndLogProbOptions, SampleOptions } from "../base/distribution.js";
import { RelaxedDistribution } from "../base/relaxed-distribution.js";
import { type Support, supports } from "../base/support.js";
import type { LocationScale } from "../distributions/location-scale.js";
import { withIdentityGradient } from "../gradients/straight-through.js";
import type { Rng } from "../random/rng.js";

/** A draw as its log-odds, with its log-density with respect to them. */
export interface LogitDraw {
  readonly logit: tf.Tensor;
  readonly logProb: tf.Tensor;
}

/**
 * A relaxed bit: z in (0, 1), event shape `[]`. Its log space holds the log-odds log(z / (1 - z)), since log z alone
 * loses 1 - z: `sampleLog`, `logProbFromLog` and `sampleLogAndLogProb` use log-odds, so that Monte Carlo divergences
 * are exact where z rounds to 0 or 1. `sampleLogit` and `logProbFromLogit` are clearer names for two of them.
 *
 * A subclass implements draws and densities of the log-odds.
 */
export abstract class RelaxedBinary extends RelaxedDistribution {
  readonly isReparameterized = true;

  /** The distribution of the log-odds. Its parameters may be new tensors. */
  abstract get ofLogit(): LocationScale;

  /** Log-odds of draws, `[...sampleShape, ...batchShape]`; their sigmoid is `sample` with the same random numbers. */
  sampleLogit(rng: Rng, sampleShape: readonly number[] = []): tf.Tensor {
    return this.sampleLog(rng, sampleShape);
  }

  /** `logProb(sigmoid(logit))`, exact where the sigmoid rounds to 0 or 1. Still the density of z, not of the log-odds. */
  logProbFromLogit(logit: tf.Tensor | tf.TensorLike): tf.Tensor {
    return this.logProbFromLog(logit);
  }

  override get support(): Support {
    return this.isLogSpace ? supports.real : supports.unitInterval;
  }

  /** Draws with their log-density with respect to the log-odds. */
  protected abstract _drawLogit(rng: Rng, sampleShape: readonly number[], options: SampleAndLogProbOptions): LogitDraw;

  /** Log-density with respect to the log-odds, at finite log-odds. */
  protected abstract _logDensityOfLogit(logit: tf.Tensor): tf.Tensor;

  protected _sample(rng: Rng, sampleShape: readonly number[], { hard }: SampleOptions): tf.Tensor {
    const z = tf.sigmoid(this._sampleLog(rng, sampleShape));
    return hard ? withIdentityGradient(z, (x) => tf.step(tf.sub(x, 0.5))) : z;
  }

  protected _sampleLog(rng: Rng, sampleShape: readonly number[]): tf.Tensor {
    return this._drawLogit(rng, sampleShape, {}).logit;
  }

  protected override _sampleLogAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { logit, logProb } = this._drawLogit(rng, sampleShape, options);
    return { value: logit, logProb: tf.sub(logProb, logSlope(logit)) };
  }

  protected override _sampleAndLogProb(
    rng: Rng,
    sampleShape: readonly number[],
    options: SampleAndLogProbOptions,
  ): SampleAndLogProb {
    const { value: logit, logProb } = this._sampleLogAndLogProb(rng, sampleShape, options);
    return { value: tf.sigmoid(logit), logProb };
  }

  protected _logProb(value: tf.Tensor): tf.Tensor {
    const outside = detached((z) => tf.cast(tf.logicalOr(tf.less(z, 0), tf.greater(z, 1)), "float32"), value);
    // 1/2 replaces values outside of [0, 1], whose log-odds are NaN.
    const inside = tf.add(zeroWhere(outside, value), tf.mul(0.5, outside));
    const [density, mask] = toOneShape(this._logProbFromLog(logOddsAt(inside)), outside) as [tf.Tensor, tf.Tensor];
    return tf.add(zeroWhere(mask, density), infinityAt(mask, tf.neg(mask)));
  }

  protected override _logCdf(value: tf.Tensor): tf.Tensor {
    return this.ofLogit.logCdf(logOddsAt(tf.clipByValue(value, 0, 1)));
  }

  protected override _quantile(probability: tf.Tensor): tf.Tensor {
    return tf.sigmoid(this.ofLogit.quantile(probability));
  }

  protected _logProbFromLog(logit: tf.Tensor): tf.Tensor {
    return tf.sub(this._logDensityOfLogit(logit), logSlope(logit));
  }

  protected override _checkSupport(owner: string, value: tf.Tensor): void {
    for (const z of value.dataSync()) {
      if (!(z > 0 && z < 1)) throw new RangeError(`${owner}: a value must lie in (0, 1), got ${z}`);
    }
  }
}

/** The log-odds of a point of [0, 1]. */
export function logOddsAt(value: tf.Tensor): tf.Tensor {
  return tf.sub(tf.log(value), tf.log1p(tf.neg(value)));
}

/** log(dz / d logit) = log(z (1 - z)). */
function logSlope(logit: tf.Tensor): tf.Tensor {
  return tf.neg(tf.add(tf.softplus(logit), tf.softplus(tf.neg(logit))));
}
