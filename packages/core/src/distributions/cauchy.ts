import { signOf, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { registerKl } from "../divergence/kl-registry.js";
import type { Rng } from "../random/rng.js";
import { log1pSquare, overOnePlusSquare } from "../special/log1p-square.js";
import { LocationScale, type LocationScaleOptions } from "./location-scale.js";

/**
 * Cauchy distribution, density `1 / (pi scale (1 + t^2))` with `t = (x - loc) / scale`. Shapes: event `[]`; batch: the
 * broadcast shape of `loc` and `scale`. Mean and variance do not exist: both are NaN. The KL divergence between two of
 * them has a closed form (Chyzak and Nielsen 2019). Float32: the log-density and both tails are accurate where t^2
 * overflows.
 *
 * @example
 * ```ts
 * const heavy = new Cauchy({ loc: 0, scale: [1, 2] });
 * heavy.logProb(3); // [-3.4473, -3.0165]
 * heavy.logCdf(-1e6); // [-14.9602, -14.2671]
 * ```
 */
export class Cauchy extends LocationScale {
  protected readonly noiseMean = Number.NaN;
  protected readonly noiseVariance = Number.NaN;
  protected readonly noiseEntropy = Math.log(4 * Math.PI);

  /** @throws RangeError if a scale given as a number is not > 0, or the shapes do not broadcast. */
  constructor(options: LocationScaleOptions) {
    super("Cauchy", options);
  }

  protected override _noise(rng: Rng, shape: readonly number[]): tf.Tensor {
    // Half the tail probability is exp(-wait) with an exponential wait, which is accurate arbitrarily far in the tail.
    const wait = tf.exp(tf.neg(rng.gumbel(shape)));
    const isFar = tf.step(tf.sub(wait, Math.LN2));
    const far = tf.reciprocal(tf.tan(tf.mul(Math.PI / 2, tf.exp(tf.neg(wait)))));
    const near = tf.tan(tf.mul(-Math.PI / 2, tf.expm1(tf.neg(wait))));
    const size = tf.where(tf.cast(isFar, "bool"), far, near);
    return tf.mul(size, signOf(tf.sub(rng.uniform(shape), 0.5)));
  }

  protected override _noiseLogProb(t: tf.Tensor): tf.Tensor {
    return tf.neg(tf.add(log1pSquare(t), Math.log(Math.PI)));
  }

  protected override _noiseLogCdf(t: tf.Tensor): tf.Tensor {
    return withGradient(
      logCdf,
      (upstream, at) => {
        // The density over the cdf.
        const logSlope = tf.sub(this._noiseLogProb(at), logCdf(at));
        return [tf.mul(upstream, tf.exp(logSlope))];
      },
      t,
    );
  }

  protected override _noiseLogSurvival(t: tf.Tensor): tf.Tensor {
    return this._noiseLogCdf(tf.neg(t));
  }

  protected override _noiseQuantile(probability: tf.Tensor): tf.Tensor {
    return withGradient(
      (p) => {
        const fromHalf = tf.sub(p, 0.5);
        const smaller = tf.minimum(p, tf.sub(1, p));
        const far = tf.mul(signOf(fromHalf), tf.reciprocal(tf.tan(tf.mul(Math.PI, smaller))));
        return tf.where(tf.less(smaller, 0.25), far, tf.tan(tf.mul(Math.PI, fromHalf)));
      },
      (upstream, p) => [
        tf.div(tf.mul(upstream, Math.PI), tf.square(tf.sin(tf.mul(Math.PI, tf.minimum(p, tf.sub(1, p)))))),
      ],
      probability,
    );
  }
}

/** log P(T <= t): the angle of (1, -t) is small in the lower tail, and the angle of (1, t) in the upper one. */
function logCdf(t: tf.Tensor): tf.Tensor {
  const tail = tf.div(tf.atan2(tf.onesLike(t), tf.abs(t)), Math.PI);
  return tf.where(tf.less(t, 0), tf.log(tail), tf.log1p(tf.neg(tail)));
}

registerKl(Cauchy, Cauchy, (q, p) => {
  // log(((s + s')^2 + d^2) / (4 s s')) = log(1 + ((s - s')^2 + d^2) / (4 s s')), each distance over 2 sqrt(s s').
  const width = tf.mul(2, tf.mul(tf.sqrt(q.scale), tf.sqrt(p.scale)));
  const ofScales = tf.div(tf.sub(q.scale, p.scale), width);
  const ofLocs = tf.div(tf.sub(q.loc, p.loc), width);
  return logOnePlusSquares(ofScales, ofLocs);
});

/** `log(1 + a^2 + b^2)`, also where the squares overflow. */
function logOnePlusSquares(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    (a, b) => {
      const [sizeA, sizeB] = [tf.abs(a), tf.abs(b)];
      const larger = tf.maximum(tf.maximum(sizeA, sizeB), 1);
      const isSmall = tf.lessEqual(larger, 1);
      const small = tf.log1p(tf.add(tf.square(tf.minimum(sizeA, 1)), tf.square(tf.minimum(sizeB, 1))));
      const shares = [sizeA, sizeB, tf.onesLike(a)].map((x) => tf.square(tf.div(x, larger)));
      return tf.where(isSmall, small, tf.add(tf.mul(2, tf.log(larger)), tf.log(tf.addN(shares))));
    },
    (upstream, a, b) => {
      // 2 a / (1 + a^2 + b^2), with both over sqrt(1 + b^2).
      const slope = (x: tf.Tensor, y: tf.Tensor) => {
        const size = tf.exp(tf.mul(0.5, log1pSquare(y)));
        return tf.mul(upstream, tf.div(tf.mul(2, overOnePlusSquare(tf.div(x, size))), size));
      };
      return [slope(a, b), slope(b, a)];
    },
    a,
    b,
  );
}
