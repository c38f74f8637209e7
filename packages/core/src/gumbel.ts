import * as tf from "@tensorflow/tfjs-core";
import { registerKl } from "./kl-registry.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";
import { logGammaOfOnePlus } from "./log-gamma.js";
import type { Rng } from "./rng.js";

const eulerMascheroni = 0.5772156649015329;

/**
 * Gumbel distribution of maxima, density `exp(-(t + exp(-t))) / scale` at `t = (x - loc) / scale`.
 * Shapes: event `[]`; batch that of `loc` and `scale`, broadcast. KL between two of them in closed form.
 * Float32: below `t = -88` the log-density is -Infinity (truly under -1e38).
 *
 * @example
 * ```ts
 * const noise = new Gumbel({ loc: 0, scale: 1 });
 * noise.mean(); // 0.5772, Euler's constant
 * noise.logProb(0); // -1
 * ```
 */
export class Gumbel extends LocationScale {
  protected readonly noiseMean = eulerMascheroni;
  protected readonly noiseVariance = Math.PI ** 2 / 6;
  protected readonly noiseEntropy = eulerMascheroni + 1;

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  constructor(options: LocationScaleOptions) {
    super("Gumbel", options);
  }

  protected override _noise(rng: Rng, shape: readonly number[]): tf.Tensor {
    return rng.gumbel(shape);
  }

  protected override _noiseLogProb(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.add(t, tf.exp(tf.neg(t))));
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.exp(tf.neg(t)));
  }

  protected override _noiseLogSurvival(t: tf.Tensor): tf.Tensor {
    // log(1 - exp(-h)) = log(-expm1(-h)) with h = exp(-t); where h is tiny it is log h = -t, where h is large -exp(-h).
    const hazard = tf.minimum(tf.exp(tf.neg(t)), 100);
    const isUpper = tf.step(tf.sub(t, 8));
    const upper = tf.neg(tf.add(t, tf.div(hazard, 2)));
    const lower = tf.log(tf.neg(tf.expm1(tf.neg(tf.maximum(hazard, 1e-4)))));
    return tf.add(tf.mul(isUpper, upper), tf.mul(tf.sub(1, isUpper), lower));
  }

  protected override _noiseQuantile(probability: tf.Tensor): tf.Tensor {
    return tf.neg(tf.log(tf.neg(tf.log(probability))));
  }
}

// With r the ratio of the scales and d the distance of the locs over p's scale:
// E_q[exp(-(x - loc_p) / scale_p)] = exp(d) Gamma(1 + r).
registerKl(Gumbel, Gumbel, (q, p) => {
  const ratio = tf.div(q.scale, p.scale);
  const distance = tf.div(tf.sub(p.loc, q.loc), p.scale);
  const logs = tf.sub(tf.mul(eulerMascheroni, tf.sub(ratio, 1)), tf.log(ratio));
  return tf.add(tf.sub(logs, distance), tf.sub(tf.exp(tf.add(distance, logGammaOfOnePlus(ratio))), 1));
});
