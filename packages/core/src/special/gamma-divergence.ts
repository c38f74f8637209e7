import * as tf from "@tensorflow/tfjs-core";
import { digammaGap } from "./digamma.js";
import { deviance, stirlingRemainder } from "./saddle-point.js";

/**
 * KL of gamma distributions, of concentration a and rate 1 against concentration b and rate `rateRatio`, in a form whose
 * terms do not cancel: what is left of Stirling's terms is the Poisson deviance of b from a times the ratio.
 */
export function gammaDivergence(a: tf.Tensor, b: tf.Tensor, rateRatio: tf.Tensor): tf.Tensor {
  const mean = tf.mul(a, rateRatio);
  const remainders = tf.sub(stirlingRemainder(b), stirlingRemainder(a));
  const gap = tf.mul(tf.sub(a, b), digammaGap(a));
  return tf.add(deviance(b, mean, tf.log(mean)), tf.sub(tf.add(remainders, tf.log(tf.div(a, b))), gap));
}

/** Entropy of the gamma distribution of concentration a and rate 1. */
export function gammaEntropy(a: tf.Tensor): tf.Tensor {
  return tf.add(stirlingRemainder(a), tf.mul(tf.sub(a, 1), digammaGap(a)));
}
