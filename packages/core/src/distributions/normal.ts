import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { normalQuantile } from "../special/normal-quantile.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

const logSqrtTwoPi = Math.log(2 * Math.PI) / 2;

/**
 * Normal (Gaussian) distribution of mean `loc` and standard deviation `scale`.
 * Shapes: event `[]`; batch that of `loc` and `scale`, broadcast. KL between two of them in closed form.
 * Float32: `logCdf` and `logSurvival` keep 1e-6 relatively down to `t = -1e4`, where the cdf itself is 0 below -14.
 *
 * @example
 * ```ts
 * const normal = new Normal({ loc: [0, 1], scale: 2 });
 * const draws = normal.sample(createRng(1), [1000]); // shape [1000, 2]
 * normal.logProb(draws); // shape [1000, 2]
 * normal.logCdf(-20); // [-53.2, -58.4]
 * ```
 */
export class Normal extends LocationScale {
  protected readonly noiseMean = 0;
  protected readonly noiseVariance = 1;
  protected readonly noiseEntropy = logSqrtTwoPi + 0.5;

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  constructor(options: LocationScaleOptions) {
    super("Normal", options);
  }

  protected override _noise(rng: Rng, shape: readonly number[]): tf.Tensor {
    return rng.normal(shape);
  }

  protected override _noiseLogProb(t: tf.Tensor): tf.Tensor {
    return tf.sub(tf.mul(-0.5, tf.square(t)), logSqrtTwoPi);
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    return tf.add(logNormalCdf(t), atMinusInfinity(t));
  }

  protected override _noiseLogSurvival(t: tf.Tensor): tf.Tensor {
    return this._noiseLogCdf(tf.neg(t));
  }

  protected override _noiseQuantile(probability: tf.Tensor): tf.Tensor {
    return normalQuantile(probability);
  }
}

/** -Infinity where t is, else 0: logNormalCdf ends at -5e35, for quadratures in which an infinity would become NaN. */
function atMinusInfinity(t: tf.Tensor): tf.Tensor {
  const isInfinite = detached((x) => tf.cast(tf.equal(x, Number.NEGATIVE_INFINITY), "float32"), t);
  return infinityAt(isInfinite, tf.neg(isInfinite));
}

registerKl(Normal, Normal, (q, p) => {
  // (r^2 - 1) / 2 - log r with r = 1 + d, the ratio of the scales, as (d + d^2 / 2) - log r: where the scales are close
  // the error is that of d, and not of r. There log r is log1p(d); elsewhere d has lost the digits of a small r.
  const excess = tf.div(tf.sub(q.scale, p.scale), p.scale);
  const distance = tf.div(tf.sub(q.loc, p.loc), p.scale);
  const square = tf.square(excess);
  const isClose = tf.step(tf.sub(0.25, square));
  const logIfClose = tf.log1p(tf.mul(isClose, excess));
  const logIfFar = tf.log(tf.add(isClose, tf.mul(tf.sub(1, isClose), tf.div(q.scale, p.scale))));
  const ofScales = tf.sub(tf.add(excess, tf.mul(0.5, square)), tf.add(logIfClose, logIfFar));
  return tf.add(ofScales, tf.mul(0.5, tf.square(distance)));
});
