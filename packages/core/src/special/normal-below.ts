import * as tf from "@tensorflow/tfjs-core";
import { logNormalCdf } from "./log-normal-cdf.js";
import { signedNormalQuantile } from "./normal-quantile.js";

/**
 * Draws of a standard normal that is below a bound, from uniform numbers in (0, 1), elementwise and of one shape: a
 * bound may be as low as -1e4. The result is the quantile of `u Phi(bound)`, or, if that underflows, two Newton steps
 * on log Phi from its asymptote. A constant.
 */
export function normalBelow(bound: tf.Tensor, uniform: tf.Tensor): tf.Tensor {
  const log = tf.add(tf.log(uniform), logNormalCdf(bound));
  const p = tf.exp(tf.maximum(log, FAR));
  const near = signedNormalQuantile(tf.sub(p, 0.5), tf.minimum(p, tf.sub(1, p)));
  // log Phi(-x) is near -x^2 / 2 - log(x sqrt(2 pi)).
  const twice = tf.mul(-2, tf.minimum(log, FAR));
  let x: tf.Tensor = tf.neg(tf.sqrt(tf.sub(twice, tf.log(tf.mul(2 * Math.PI, twice)))));
  for (let step = 0; step < 2; step++) {
    const slope = tf.neg(tf.add(x, tf.reciprocal(x)));
    x = tf.sub(x, tf.div(tf.sub(logNormalCdf(x), tf.minimum(log, FAR)), slope));
  }
  const isFar = tf.step(tf.sub(FAR, log));
  return tf.minimum(bound, tf.add(tf.mul(isFar, x), tf.mul(tf.sub(1, isFar), near)));
}

/** Down to here the quantile has full accuracy. */
const FAR = -30;
