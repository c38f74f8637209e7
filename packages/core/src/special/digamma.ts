import * as tf from "@tensorflow/tfjs-core";

const lift = 6;

/**
 * log x - digamma(x) for x > 0, from 1 / x at 0 to 1 / (2 x) at infinity: the difference between the logarithm of a
 * gamma variable's mean and the mean of its logarithm. To 5e-7 relatively; differentiable.
 */
export function digammaGap(x: tf.Tensor): tf.Tensor {
  // The series holds from 6 on; below, each step down adds 1 / y - log(1 + 1 / y).
  const isSmall = tf.step(tf.sub(lift, x));
  const inverse = tf.reciprocal(tf.add(x, tf.mul(lift, isSmall)));
  const square = tf.square(inverse);
  const corrections = tf.sub(1 / 12, tf.mul(square, tf.sub(1 / 120, tf.div(square, 252))));
  let recurrence: tf.Tensor = tf.zerosLike(x);
  for (let step = 0; step < lift; step++) {
    const y = tf.reciprocal(tf.add(x, step));
    recurrence = tf.add(recurrence, tf.sub(y, tf.log1p(y)));
  }
  const series = tf.add(tf.div(inverse, 2), tf.mul(square, corrections));
  return tf.add(series, tf.mul(isSmall, recurrence));
}

/** digamma(x) for x > 0, the slope of log Gamma; to 1e-6 of the larger of 1 and its size. */
export function digamma(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.log(x), digammaGap(x));
}
