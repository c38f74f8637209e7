import { customGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** {@link logNormalCdfAbove} is not accurate below minus this number. */
export const logNormalCdfFloor = 10.8;

// log(Phi(x) / Phi(-x)) = x P(x^2) / Q(x^2) to 4e-7 relatively for |x| <= 10.8, lowest powers first: printed by
// test/reference/fit_normal_logit.py.
const numerator = [1.595768488, 0.2475778537, 0.02249568152, 0.0008405832389, 6.197051305e-6, 4.000994013e-9];
const denominator = [1, 0.1096029394, 0.009157050693, 0.0001776309913, 4.789432294e-7];

/**
 * log Phi(x) for `x >= -10.8`, elementwise, to 4e-7 of its size; below, it stays at log Phi(-10.8). In about half as many
 * kernels as {@link logNormalCdf}, with the gradient phi(x) / Phi(x) in closed form: for integrals over many points.
 */
export function logNormalCdfAbove(x: tf.Tensor): tf.Tensor {
  return customGradient(
    [x],
    (x) => {
      // The log-odds are a smooth odd function, and their softplus is accurate in both tails.
      const bounded = tf.clipByValue(x, -logNormalCdfFloor, logNormalCdfFloor);
      const square = tf.square(bounded);
      const logit = tf.mul(bounded, tf.div(polynomial(numerator, square), polynomial(denominator, square)));
      const value = tf.neg(tf.softplus(tf.neg(logit)));
      return { value, saved: [x, value] };
    },
    (dy, x, logCdf) => [tf.mul(dy, tf.exp(logHazard(x, logCdf)))],
  );
}

/** log(phi(x) / Phi(x)) from x and log Phi(x). */
export function logHazard(x: tf.Tensor, logCdf: tf.Tensor): tf.Tensor {
  return tf.sub(tf.sub(-0.5 * Math.log(2 * Math.PI), tf.mul(0.5, tf.square(x))), logCdf);
}

function polynomial(coefficients: readonly number[], x: tf.Tensor): tf.Tensor {
  const [highest = 0, ...rest] = [...coefficients].reverse();
  const [next = 0, ...others] = rest;
  const start = tf.add(tf.mul(x, highest), next);
  return others.reduce<tf.Tensor>((value, coefficient) => tf.add(tf.mul(value, x), coefficient), start);
}
