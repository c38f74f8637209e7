import * as tf from "@tensorflow/tfjs-core";

// log(erfcx(x) / k) in powers of k = 1 / (1 + x / 2), lowest first, to 1.4e-8 for x >= 0:
// printed by test/reference/fit_log_normal_cdf.py.
const coefficients = [
  -1.26551211854, 0.999998553034, 0.375074484768, 0.0817567919456, -0.0681377039033, -0.26409587958, 0.422859655635,
  -1.38666666352, 2.59012919075, -2.34627239165, 1.05023352231, -0.189367455655,
];

/**
 * log Phi(t), the logarithm of the standard normal cdf, elementwise; differentiable. tf.erf gives Phi to 2.5e-7 and 0
 * below -5.5; this keeps 1e-6 relatively in both tails.
 */
export function logNormalCdf(t: tf.Tensor): tf.Tensor {
  // log Phi(-|t|) = log(erfc(x) / 2) with x = |t| / sqrt(2), and erfc(x) = exp(-x^2) erfcx(x). The bound keeps the
  // square finite.
  const size = tf.minimum(tf.abs(t), 1e18);
  const k = tf.reciprocal(tf.add(1, tf.mul(size, Math.SQRT1_2 / 2)));
  const series = coefficients
    .slice(0, -1)
    .reduceRight<tf.Tensor>((sum, c) => tf.add(c, tf.mul(k, sum)), tf.fill(k.shape, coefficients.at(-1) as number));
  const logTail = tf.add(tf.sub(tf.log(tf.mul(0.5, k)), tf.mul(0.5, tf.square(size))), series);
  const isUpper = tf.step(t);
  const logUpper = tf.log1p(tf.neg(tf.exp(logTail)));
  return tf.add(tf.mul(isUpper, logUpper), tf.mul(tf.sub(1, isUpper), logTail));
}
