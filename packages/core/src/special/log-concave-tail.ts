import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { gaussLegendre } from "./gauss-legendre.js";

// exp(-17.5) is 2.5e-8, below the rounding of a float32 sum.
const negligible = -17.5;
// The integrand's width, 2^low to 2^high, is found to a factor of 2^(48/256).
const [low, high, halvings] = [-30, 18, 8];
const { nodes, weights } = gaussLegendre(20);

/**
 * log of the integral of `exp(h(s))` over s > 0, for a concave h with h(0) = 0 that falls: the ratio of a tail's mass
 * to the density at its edge. It uses 20 Gauss-Legendre nodes where the integrand is not negligible, and is accurate to
 * 3e-6 for shapes from a half Gaussian to an exponential or a plateau with a sharp end.
 *
 * `h` gets s of shape `[size, n]` and must broadcast parameters of shape `[size, 1]` against it. Shape: `[size]`.
 */
export function logConcaveTail(size: number, h: (s: tf.Tensor) => tf.Tensor): tf.Tensor {
  const { logMass } = logConcaveMoments(size, h);
  return logMass;
}

/** {@link logConcaveTail} with the mean of s under the same integrand. Shapes: `[size]`. */
export function logConcaveMoments(
  size: number,
  h: (s: tf.Tensor) => tf.Tensor,
): { readonly logMass: tf.Tensor; readonly mean: tf.Tensor } {
  const end = detached(() => {
    let exponent: tf.Tensor = tf.fill([size, 1], (low + high) / 2);
    for (let step = 1; step <= halvings; step++) {
      const isInside = tf.step(tf.sub(h(tf.exp(tf.mul(Math.LN2, exponent))), negligible));
      exponent = tf.add(exponent, tf.mul(tf.sub(tf.mul(2, isInside), 1), (high - low) / 2 ** (step + 1)));
    }
    return tf.exp(tf.mul(Math.LN2, exponent));
  }, tf.scalar(0));
  const s = tf.mul(end, tf.tensor2d([...nodes], [1, nodes.length]));
  const masses = tf.mul(tf.tensor2d([...weights], [1, weights.length]), tf.exp(h(s)));
  const sum = tf.sum(masses, -1);
  return {
    logMass: tf.add(tf.log(tf.reshape(end, [size])), tf.log(sum)),
    mean: tf.div(tf.sum(tf.mul(masses, s), -1), sum),
  };
}
