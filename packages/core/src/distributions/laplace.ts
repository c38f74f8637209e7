import { signOf, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { logRatio } from "../special/log-ratio.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

/**
 * Laplace distribution, density `exp(-|x - loc| / scale) / (2 scale)`.
 * Shapes: event `[]`; batch: the broadcast shape of `loc` and `scale`. The KL divergence between two of them has a
 * closed form. Float32: log-density, `logCdf` and `logSurvival` are exact in both tails.
 *
 * @example
 * ```ts
 * const noise = new Laplace({ loc: 0, scale: [1, 2] });
 * noise.logProb(3); // [-3.6931, -2.8863]
 * noise.logCdf(-100); // [-100.6931, -50.6931]
 * ```
 */
export class Laplace extends LocationScale {
  protected readonly noiseMean = 0;
  protected readonly noiseVariance = 2;
  protected readonly noiseEntropy = 1 + Math.LN2;

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  constructor(options: LocationScaleOptions) {
    super("Laplace", options);
  }

  protected override _noise(rng: Rng, shape: readonly number[]): tf.Tensor {
    // The difference of two exponential draws, which are exp(-Gumbel).
    return tf.sub(tf.exp(tf.neg(rng.gumbel(shape))), tf.exp(tf.neg(rng.gumbel(shape))));
  }

  protected override _noiseLogProb(t: tf.Tensor): tf.Tensor {
    // tf.abs has the slope -1 at 0; here it is 0, as in torch.
    return tf.neg(tf.add(tf.mul(t, signOf(t)), Math.LN2));
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    const logTail = tf.neg(tf.add(tf.abs(t), Math.LN2));
    // Not a weighted sum: 0 times the infinite logarithm of the other tail is NaN.
    const isUpper = tf.cast(tf.step(t), "bool");
    return tf.where(isUpper, tf.log1p(tf.neg(tf.exp(logTail))), logTail);
  }

  protected override _noiseLogSurvival(t: tf.Tensor): tf.Tensor {
    return this._noiseLogCdf(tf.neg(t));
  }

  protected override _noiseQuantile(probability: tf.Tensor): tf.Tensor {
    // The sign of the smaller tail: -1 below 1/2, where it is the probability itself.
    const sign = signOf(tf.sub(probability, 0.5));
    const tail = tf.minimum(probability, tf.sub(1, probability));
    return tf.neg(tf.mul(sign, tf.log(tf.mul(2, tail))));
  }
}

// With r the ratio of the scales and d the distance over q's scale: r (exp(-d) + d) - 1 - log r
// = (expm1(-d) + d) r + (r - 1 - log r), both parts >= 0.
registerKl(Laplace, Laplace, (q, p) =>
  withGradient(
    (locQ, scaleQ, locP, scaleP) => {
      // Beyond the bound the scales alone make the divergence infinite; the bound avoids 0 times Infinity.
      const ratio = tf.minimum(tf.div(scaleQ, scaleP), 1e30);
      const excess = tf.div(tf.sub(scaleQ, scaleP), scaleP);
      const apart = tf.abs(tf.sub(locQ, locP));
      const distance = tf.div(apart, scaleQ);
      // If the distance overflows, its product with r may still be finite.
      const far = tf.add(tf.mul(ratio, tf.expm1(tf.neg(distance))), tf.div(apart, scaleP));
      const near = tf.mul(ratio, tf.add(tf.expm1(tf.neg(distance)), distance));
      const ofLocs = tf.where(tf.greater(distance, 1), far, near);
      return tf.add(ofLocs, tf.sub(excess, logRatio(scaleQ, scaleP)));
    },
    (upstream, locQ, scaleQ, locP, scaleP) => {
      const difference = tf.sub(locQ, locP);
      const distance = tf.div(tf.abs(difference), scaleQ);
      const decay = tf.exp(tf.neg(distance));
      const ofLoc = tf.div(tf.mul(signOf(difference), tf.neg(tf.expm1(tf.neg(distance)))), scaleP);
      const kept = tf.mul(decay, tf.add(1, tf.minimum(distance, 1e30)));
      const spread = tf.add(tf.mul(tf.div(scaleQ, scaleP), decay), tf.div(tf.abs(difference), scaleP));
      return [
        tf.mul(upstream, ofLoc),
        tf.mul(upstream, tf.sub(tf.div(kept, scaleP), tf.reciprocal(scaleQ))),
        tf.neg(tf.mul(upstream, ofLoc)),
        tf.mul(upstream, tf.div(tf.sub(1, spread), scaleP)),
      ];
    },
    q.loc,
    q.scale,
    p.loc,
    p.scale,
  ),
);
