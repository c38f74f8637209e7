import { toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expRemainder } from "./exp-remainder.js";
import { logConcaveTail } from "./log-concave-tail.js";
import { logOneMinusExp } from "./log-one-minus-exp.js";
import { logPoissonTerm } from "./saddle-point.js";

/** The logarithms of two probabilities that sum to 1. */
export interface LogTails {
  readonly logLower: tf.Tensor;
  readonly logUpper: tf.Tensor;
}

/** Both tails from the logarithm of the smaller one; `upperIsSmaller` is 1 or 0. */
export function logTails(logSmaller: tf.Tensor, upperIsSmaller: tf.Tensor): LogTails {
  const logLarger = logOneMinusExp(logSmaller);
  const isUpper = tf.cast(upperIsSmaller, "bool");
  return {
    logLower: tf.where(isUpper, logLarger, logSmaller),
    logUpper: tf.where(isUpper, logSmaller, logLarger),
  };
}

/**
 * log P(a, x) and log Q(a, x), the regularized incomplete gamma functions, for a > 0 and x > 0; both to about 1e-6
 * relatively, in either tail; differentiable in both arguments.
 *
 * With t = log of the gamma variable over x the density is a constant times exp(a t - x exp(t)), log-concave for every a.
 */
export function logIncompleteGamma(a: tf.Tensor, x: tf.Tensor, logX: tf.Tensor): LogTails {
  const [shape, rate, logRate] = toOneShape(a, x, logX) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { size } = shape;
  const column = (v: tf.Tensor) => tf.reshape(v, [size, 1]);
  // Past the mode the density falls: upwards if x >= a.
  const upperIsSmaller = tf.sub(1, tf.step(tf.sub(shape, rate)));
  const direction = column(tf.sub(tf.mul(2, upperIsSmaller), 1));
  const isLower = tf.sub(1, upperIsSmaller);
  // Downwards the density falls as exp(-a s), far slower than it begins to for a small a. One more a shortens that:
  // gamma(a, x) = (x^a exp(-x) + gamma(a + 1, x)) / a.
  const slope = column(tf.add(tf.sub(shape, rate), isLower));
  const factor = column(rate);
  const logIntegral = tf.reshape(
    logConcaveTail(size, (s) => {
      const t = tf.mul(direction, s);
      return tf.sub(tf.mul(slope, t), tf.mul(factor, expRemainder(tf.minimum(t, 80))));
    }),
    shape.shape,
  );
  const logLower = tf.log1p(tf.mul(rate, tf.exp(tf.mul(isLower, logIntegral))));
  const logUpper = tf.add(tf.log(shape), logIntegral);
  const logOverDensity = tf.add(tf.mul(isLower, logLower), tf.mul(upperIsSmaller, logUpper));
  // Rounding may lift a tail at the mode of a tiny shape to 1.
  const logSmaller = tf.minimum(tf.add(logPoissonTerm(shape, rate, logRate), logOverDensity), -1e-7);
  return logTails(logSmaller, upperIsSmaller);
}
