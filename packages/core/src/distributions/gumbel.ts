import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { digamma } from "../special/digamma.js";
import { logGammaOfOnePlus } from "../special/log-gamma.js";
import { logRatio } from "../special/log-ratio.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

const eulerMascheroni = 0.5772156649015329;

/**
 * Gumbel distribution of maxima, density `exp(-(t + exp(-t))) / scale` at `t = (x - loc) / scale`. Shapes: event `[]`;
 * batch: the broadcast shape of `loc` and `scale`. The KL divergence between two of them has a closed form. Float32:
 * below `t = -88` the log-density is -Infinity (truly under -1e38).
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
    // With the bound, exp(-t) overflows to the limit at t = -Infinity, where -Infinity + Infinity would be NaN.
    const bounded = tf.maximum(t, -1e30);
    return tf.neg(tf.add(bounded, tf.exp(tf.neg(bounded))));
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.exp(tf.neg(t)));
  }

  protected override _noiseLogSurvival(t: tf.Tensor): tf.Tensor {
    // log(1 - exp(-h)) with h = exp(-t): log h - h / 2 where h is small, log1p where it is large; all parts are finite.
    const bounded = tf.maximum(t, -5);
    const hazard = tf.exp(tf.neg(bounded));
    const isSmall = tf.step(tf.sub(t, 8));
    const isLarge = tf.step(tf.neg(t));
    const small = tf.neg(tf.add(bounded, tf.div(hazard, 2)));
    const middle = tf.log(tf.neg(tf.expm1(tf.neg(tf.maximum(hazard, 1e-4)))));
    const large = tf.log1p(tf.neg(tf.exp(tf.neg(tf.maximum(hazard, 0.5)))));
    const isMiddle = tf.sub(1, tf.add(isSmall, isLarge));
    return tf.add(tf.add(tf.mul(isSmall, small), tf.mul(isMiddle, middle)), tf.mul(isLarge, large));
  }

  protected override _noiseQuantile(probability: tf.Tensor): tf.Tensor {
    return tf.neg(tf.log(tf.neg(tf.log(probability))));
  }
}

// With r the ratio of the scales, d the distance of the locs over p's scale and E = E_q[exp(-(x - loc_p) / scale_p)] =
// exp(d) Gamma(1 + r): gamma (r - 1) - log r - d + E - 1. The slopes are written out, as in Normal.
registerKl(Gumbel, Gumbel, (q, p) =>
  withGradient(
    (locQ, scaleQ, locP, scaleP) => {
      const { ratio, distance, logMean } = comparison(locQ, scaleQ, locP, scaleP);
      const logs = tf.sub(tf.mul(eulerMascheroni, tf.sub(ratio, 1)), logRatio(scaleQ, scaleP));
      return tf.add(tf.sub(logs, distance), tf.expm1(logMean));
    },
    (upstream, locQ, scaleQ, locP, scaleP) => {
      const { ratio, distance, logMean } = comparison(locQ, scaleQ, locP, scaleP);
      const mean = tf.exp(logMean);
      const slope = tf.add(eulerMascheroni, tf.mul(mean, digamma(tf.add(1, ratio))));
      const ofLoc = tf.div(tf.expm1(logMean), scaleP);
      const ofScaleQ = tf.sub(tf.div(slope, scaleP), tf.reciprocal(scaleQ));
      const ofScaleP = tf.sub(tf.sub(1, tf.mul(ratio, slope)), tf.mul(distance, tf.expm1(logMean)));
      return [tf.neg(ofLoc), ofScaleQ, ofLoc, tf.div(ofScaleP, scaleP)].map((each) => tf.mul(upstream, each));
    },
    q.loc,
    q.scale,
    p.loc,
    p.scale,
  ),
);

/** r, d and log E, with r and d bounded so that no difference of infinities occurs. */
function comparison(locQ: tf.Tensor, scaleQ: tf.Tensor, locP: tf.Tensor, scaleP: tf.Tensor) {
  const ratio = tf.minimum(tf.div(scaleQ, scaleP), 1e30);
  const distance = tf.minimum(tf.div(tf.sub(locP, locQ), scaleP), 1e30);
  return { ratio, distance, logMean: tf.add(distance, logGammaOfOnePlus(ratio)) };
}
