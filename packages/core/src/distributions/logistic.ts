import { quotient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

/**
 * Logistic distribution, the one whose cdf is the sigmoid of `(x - loc) / scale`.
 * Shapes: event `[]`; batch: the broadcast shape of `loc` and `scale`. KL in closed form where both have one scale.
 * Float32: log-density, `logCdf` and `logSurvival` are exact in both tails.
 *
 * @example
 * ```ts
 * const noise = new Logistic({ loc: [0, 2], scale: 1 });
 * noise.cdf(0); // [0.5, 0.1192]
 * ```
 */
export class Logistic extends LocationScale {
  protected readonly noiseMean = 0;
  protected readonly noiseVariance = Math.PI ** 2 / 3;
  protected readonly noiseEntropy = 2;

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  constructor(options: LocationScaleOptions) {
    super("Logistic", options);
  }

  protected override _noise(rng: Rng, shape: readonly number[]): tf.Tensor {
    // The difference of two Gumbel draws has full float32 resolution in both tails; the logit of a float32 uniform ends
    // at 16.6.
    return tf.sub(rng.gumbel(shape), rng.gumbel(shape));
  }

  protected override _noiseLogProb(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.add(tf.softplus(t), tf.softplus(tf.neg(t))));
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.softplus(tf.neg(t)));
  }

  protected override _noiseLogSurvival(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.softplus(t));
  }

  protected override _noiseQuantile(probability: tf.Tensor): tf.Tensor {
    return tf.sub(tf.log(probability), tf.log1p(tf.neg(probability)));
  }
}

// For one scale: a coth(a / 2) - 2 with a the distance of the locs over the scale; no closed form otherwise.
registerKl(Logistic, Logistic, (q, p) => {
  if (!q.hasScaleOf(p)) return "their scales are not known to be equal";
  const distance = tf.abs(quotient(tf.sub(q.loc, p.loc), p.scale));
  const isFar = tf.step(tf.sub(distance, 0.5));
  // a coth(a / 2) = a (1 + exp(-a)) / (1 - exp(-a)), whose parts cannot overflow; near 0 the series a^2/6 - a^4/360 +
  // a^6/15120 avoids cancellation.
  const far = tf.maximum(distance, 0.5);
  const exact = tf.sub(tf.div(tf.mul(far, tf.add(1, tf.exp(tf.neg(far)))), tf.neg(tf.expm1(tf.neg(far)))), 2);
  const square = tf.square(tf.minimum(distance, 0.5));
  const series = tf.mul(square, tf.add(1 / 6, tf.mul(square, tf.sub(tf.div(square, 15120), 1 / 360))));
  return tf.add(tf.mul(isFar, exact), tf.mul(tf.sub(1, isFar), series));
});
