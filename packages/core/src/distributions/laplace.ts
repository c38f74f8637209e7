import { signOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

/**
 * Laplace distribution, density `exp(-|x - loc| / scale) / (2 scale)`.
 * Shapes: event `[]`; batch that of `loc` and `scale`, broadcast. KL between two of them in closed form.
 * Float32: log-density, `logCdf` and `logSurvival` are exact in both tails.
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
    return tf.neg(tf.add(tf.abs(t), Math.LN2));
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    const logTail = tf.neg(tf.add(tf.abs(t), Math.LN2));
    // Not a sum of both by weights: 0 times the infinite logarithm of the other tail is NaN.
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

registerKl(Laplace, Laplace, (q, p) => {
  // With d the distance over p's scale and r the ratio of the scales: (r exp(-d / r) + d - 1) - log r
  // = (expm1(-d / r) + d / r) r + (r - 1 - log r), both parts >= 0.
  const ratio = tf.div(q.scale, p.scale);
  const excess = tf.div(tf.sub(q.scale, p.scale), p.scale);
  const distance = tf.div(tf.abs(tf.sub(q.loc, p.loc)), q.scale);
  const ofLocs = tf.mul(ratio, tf.add(tf.expm1(tf.neg(distance)), distance));
  const isClose = tf.step(tf.sub(0.25, tf.square(excess)));
  const logRatio = tf.where(tf.cast(isClose, "bool"), tf.log1p(tf.mul(isClose, excess)), tf.log(ratio));
  return tf.add(ofLocs, tf.sub(excess, logRatio));
});
