import * as tf from "@tensorflow/tfjs-core";
import { digammaGap } from "./digamma.js";

const lift = 6;

/**
 * `log Gamma(a + 1/2) - log Gamma(a) - log(a) / 2` for a > 0, from `log(pi a) / 2` at 0 to `-1 / (8 a)` at infinity:
 * the difference of the two logarithms would have no correct digits there. To 5e-7 absolutely, or relatively for a > 6;
 * differentiable.
 */
export function logGammaHalfStep(a: tf.Tensor): tf.Tensor {
  // The series holds from 6 on; below, each step down takes log((k + 1/2) / k) away.
  const isSmall = tf.step(tf.sub(lift, a));
  const inverse = tf.reciprocal(tf.add(a, tf.mul(lift, isSmall)));
  const square = tf.square(inverse);
  const corrections = tf.sub(1 / 192, tf.mul(square, tf.sub(1 / 640, tf.mul(17 / 14336, square))));
  const series = tf.mul(inverse, tf.add(-1 / 8, tf.mul(square, corrections)));
  let recurrence: tf.Tensor = tf.mul(0.5, tf.log1p(tf.div(lift, a)));
  for (let step = 0; step < lift; step++) recurrence = tf.sub(recurrence, tf.log1p(tf.div(0.5, tf.add(a, step))));
  return tf.add(series, tf.mul(isSmall, recurrence));
}

/** `digamma(a + 1/2) - digamma(a)` for a > 0, which falls as `1 / (2 a)`; to 1e-6 relatively. */
export function digammaHalfStep(a: tf.Tensor): tf.Tensor {
  return tf.sub(tf.add(tf.log1p(tf.div(0.5, a)), digammaGap(a)), digammaGap(tf.add(a, 0.5)));
}
