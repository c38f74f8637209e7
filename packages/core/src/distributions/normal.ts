import { detached, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { logRatio } from "../special/log-ratio.js";
import { normalQuantile } from "../special/normal-quantile.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

const logSqrtTwoPi = Math.log(2 * Math.PI) / 2;

/**
 * Normal (Gaussian) distribution of mean `loc` and standard deviation `scale`.
 * Shapes: event `[]`; batch: the broadcast shape of `loc` and `scale`. The KL divergence between two of them has a
 * closed form. Float32: `logCdf` and `logSurvival` keep 1e-6 relatively down to `t = -1e4`, where the cdf itself is 0
 * below -14.
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

  /**
   * @param name Its name in error messages, for distributions based on it.
   * @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast.
   */
  constructor(options: LocationScaleOptions, name = "Normal") {
    super(name, options);
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

/**
 * -Infinity where t is -Infinity, else 0. logNormalCdf itself ends at -5e35, since an infinity would become NaN in
 * quadratures.
 */
function atMinusInfinity(t: tf.Tensor): tf.Tensor {
  const isInfinite = detached((x) => tf.cast(tf.equal(x, Number.NEGATIVE_INFINITY), "float32"), t);
  return infinityAt(isInfinite, tf.neg(isInfinite));
}

// (r^2 - 1) / 2 - log r with r = 1 + e, the ratio of the scales, as (e + e^2 / 2) - log r: where the scales are close
// the error is that of e, and not of r. The slopes are written out, since slopes of the quotients overflow earlier.
registerKl(Normal, Normal, (q, p) =>
  withGradient(
    (locQ, scaleQ, locP, scaleP) => {
      const excess = tf.div(tf.sub(scaleQ, scaleP), scaleP);
      const distance = tf.div(tf.sub(locQ, locP), scaleP);
      const ofScales = tf.sub(tf.add(excess, tf.mul(0.5, tf.square(excess))), logRatio(scaleQ, scaleP));
      return tf.add(ofScales, tf.mul(0.5, tf.square(distance)));
    },
    (upstream, locQ, scaleQ, locP, scaleP) => {
      const excess = tf.div(tf.sub(scaleQ, scaleP), scaleP);
      const distance = tf.div(tf.sub(locQ, locP), scaleP);
      const square = tf.mul(excess, tf.add(excess, 2)); // r^2 - 1
      const ofLoc = tf.div(distance, scaleP);
      const ofScaleQ = tf.mul(tf.div(excess, scaleQ), tf.add(excess, 2));
      const ofScaleP = tf.neg(tf.div(tf.add(square, tf.square(distance)), scaleP));
      return [ofLoc, ofScaleQ, tf.neg(ofLoc), ofScaleP].map((slope) => tf.mul(upstream, slope));
    },
    q.loc,
    q.scale,
    p.loc,
    p.scale,
  ),
);
