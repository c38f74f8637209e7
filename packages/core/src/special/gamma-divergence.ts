import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { digammaGap } from "./digamma.js";
import { logRatio } from "./log-ratio.js";
import { deviance, stirlingRemainder } from "./saddle-point.js";

/** Rates of two gamma distributions. */
export interface Rates {
  readonly q: tf.Tensor;
  readonly p: tf.Tensor;
}

/**
 * KL of gamma distributions of concentrations a and b, of one rate if none are given, in a form without cancellation:
 * Stirling's terms combine to the Poisson deviance of b from a times the ratio of the rates. That ratio may leave the
 * float32 range, so gradients use its logarithm.
 */
export function gammaDivergence(a: tf.Tensor, b: tf.Tensor, rates?: Rates): tf.Tensor {
  const remainders = tf.sub(stirlingRemainder(b), stirlingRemainder(a));
  const gap = tf.mul(tf.sub(a, b), digammaGap(a));
  const ofGamma = tf.sub(tf.add(remainders, logRatio(a, b)), gap);
  if (rates === undefined) return tf.add(deviance(b, a, tf.log(a)), ofGamma);
  const mean = detached((concentration, q, p) => tf.div(tf.mul(concentration, p), q), a, rates.q, rates.p);
  return tf.add(deviance(b, mean, tf.add(tf.log(a), logRatio(rates.p, rates.q))), ofGamma);
}

/** Entropy of the gamma distribution of concentration a and rate 1. */
export function gammaEntropy(a: tf.Tensor): tf.Tensor {
  return tf.add(stirlingRemainder(a), tf.mul(tf.sub(a, 1), digammaGap(a)));
}
