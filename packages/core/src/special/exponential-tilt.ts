import { signOf, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { gaussLegendre } from "./gauss-legendre.js";

/*
 * The uniform density on [0, 1] times exp(eta x) / exp(A(eta)), A(eta) = log((exp(eta) - 1) / eta): a family whose
 * moments are derivatives of A. The closed forms are 0 / 0 at eta = 0, so each has a series there.
 */

/** log((1 - exp(-a)) / a) for a >= 0: A(-a), and A(a) - a; with its slope, minus the mean at -a. */
export function logDamping(a: tf.Tensor): tf.Tensor {
  return withGradient(
    (a) => {
      const isSmall = tf.less(a, 0.5);
      const small = tf.minimum(a, 0.5);
      const square = tf.square(small);
      // -a / 2 + a^2 / 24 - a^4 / 2880 + a^6 / 181440
      const even = tf.mul(square, tf.sub(1 / 24, tf.mul(square, tf.sub(1 / 2880, tf.div(square, 181440)))));
      const large = tf.maximum(a, 0.5);
      const direct = tf.sub(tf.log1p(tf.neg(tf.exp(tf.neg(large)))), tf.log(large));
      return tf.where(isSmall, tf.sub(even, tf.div(small, 2)), direct);
    },
    (upstream, a) => [tf.neg(tf.mul(upstream, tiltedMean(tf.neg(a))))],
    a,
  );
}

/** A(eta), the logarithm of the integral of exp(eta x) over [0, 1]. */
export function logPartition(eta: tf.Tensor): tf.Tensor {
  return withGradient(
    (eta) => tf.add(tf.relu(eta), logDamping(tf.abs(eta))),
    (upstream, eta) => [tf.mul(upstream, tiltedMean(eta))],
    eta,
  );
}

/** A'(eta), the mean: from `-1 / eta` at -Infinity over 1/2 at 0 to `1 - 1 / eta` at Infinity. */
export function tiltedMean(eta: tf.Tensor): tf.Tensor {
  return withGradient(
    (eta) => {
      const a = tf.abs(eta);
      // The mean at -a: 1 / a - 1 / (exp(a) - 1), in the middle 1/2 - a / 12 + a^3 / 720 - a^5 / 30240 + a^7 / 1209600.
      const small = tf.minimum(a, 1);
      const square = tf.square(small);
      const tail = tf.sub(1 / 720, tf.mul(square, tf.sub(1 / 30240, tf.div(square, 1209600))));
      const near = tf.sub(0.5, tf.mul(small, tf.sub(1 / 12, tf.mul(square, tail))));
      const large = tf.maximum(a, 1);
      const far = tf.sub(tf.reciprocal(large), tf.reciprocal(tf.expm1(large)));
      const ofNegative = tf.where(tf.less(a, 1), near, far);
      return tf.where(tf.greater(eta, 0), tf.sub(1, ofNegative), ofNegative);
    },
    (upstream, eta) => [tf.mul(upstream, tiltedVariance(eta))],
    eta,
  );
}

/** A''(eta), the variance: 1/12 at 0, `1 / eta^2` far from it. */
export function tiltedVariance(eta: tf.Tensor): tf.Tensor {
  return withGradient(
    (eta) => {
      const a = tf.abs(eta);
      // 1 / a^2 - 1 / (2 sinh(a / 2))^2
      const square = tf.square(tf.minimum(a, 1.5));
      const near = evaluate([1 / 12, -1 / 240, 1 / 6048, -1 / 172800, 1 / 5322240, -691 / 118879488000], square);
      const large = tf.maximum(a, 1.5);
      const decay = tf.exp(tf.neg(large));
      const sinh = tf.div(decay, tf.square(tf.sub(1, decay)));
      const far = tf.sub(tf.square(tf.reciprocal(large)), sinh);
      return tf.where(tf.less(a, 1.5), near, far);
    },
    (upstream, eta) => [tf.mul(upstream, tiltedSkew(eta))],
    eta,
  );
}

/** A'''(eta), the third central moment. */
function tiltedSkew(eta: tf.Tensor): tf.Tensor {
  const a = tf.abs(eta);
  const small = tf.minimum(a, 1.5);
  const square = tf.square(small);
  const near = tf.mul(small, evaluate([-1 / 120, 1 / 1512, -1 / 28800, 1 / 665280, -691 / 11887948800], square));
  const large = tf.maximum(a, 1.5);
  const decay = tf.exp(tf.neg(large));
  // -2 / a^3 + exp(-a) (1 + exp(-a)) / (1 - exp(-a))^3
  const rest = tf.sub(1, decay);
  const ofSinh = tf.div(tf.mul(decay, tf.add(1, decay)), tf.mul(rest, tf.square(rest)));
  const cube = tf.mul(tf.reciprocal(large), tf.square(tf.reciprocal(large)));
  const far = tf.sub(ofSinh, tf.mul(2, cube));
  return tf.mul(signOf(eta), tf.where(tf.less(a, 1.5), near, far));
}

const { nodes, weights } = gaussLegendre(12);

/**
 * KL of the member `eta` against the member `other`: `(eta - other) A'(eta) - A(eta) + A(other)`, the Bregman
 * divergence of A. If both are close its terms cancel, and the divergence is computed as the squared distance times a
 * mean of the variance between them.
 */
export function tiltedDivergence(eta: tf.Tensor, other: tf.Tensor): tf.Tensor {
  return withGradient(
    (q, p) => {
      // Mirrored so that q <= 0, where the mean is accurate.
      const mirror = tf.sub(1, tf.mul(2, tf.step(q)));
      const [from, to] = [tf.mul(mirror, q), tf.mul(mirror, p)];
      const distance = tf.sub(to, from);
      const near = tf.mul(tf.square(nearDistance(from, distance)), meanVariance(from, nearDistance(from, distance), 1));
      const ofPartitions = tf.sub(logPartition(to), logPartition(from));
      const far = tf.sub(ofPartitions, tf.mul(distance, tiltedMean(from)));
      return tf.where(isNear(from, distance), near, far);
    },
    (upstream, q, p) => {
      const distance = tf.sub(p, q);
      const near = tf.mul(nearDistance(q, distance), meanVariance(q, nearDistance(q, distance), 0));
      const ofMeans = tf.where(isNear(q, distance), near, tf.sub(tiltedMean(p), tiltedMean(q)));
      return [tf.neg(tf.mul(upstream, tf.mul(distance, tiltedVariance(q)))), tf.mul(upstream, ofMeans)];
    },
    eta,
    other,
  );
}

function isNear(eta: tf.Tensor, distance: tf.Tensor): tf.Tensor {
  return tf.less(tf.abs(distance), tf.add(1, tf.mul(0.5, tf.abs(eta))));
}

function nearDistance(eta: tf.Tensor, distance: tf.Tensor): tf.Tensor {
  return tf.where(isNear(eta, distance), distance, tf.zerosLike(distance));
}

/** The integral over s in [0, 1] of `(1 - s)^power A''(eta + s distance)`. */
function meanVariance(eta: tf.Tensor, distance: tf.Tensor, power: number): tf.Tensor {
  return nodes.reduce<tf.Tensor>((sum, s, index) => {
    const weight = (weights[index] as number) * (1 - s) ** power;
    return tf.add(sum, tf.mul(weight, tiltedVariance(tf.add(eta, tf.mul(s, distance)))));
  }, tf.zerosLike(eta));
}

/** A polynomial, lowest power first. */
function evaluate(coefficients: readonly number[], x: tf.Tensor): tf.Tensor {
  return coefficients.reduceRight<tf.Tensor>((sum, c) => tf.add(c, tf.mul(x, sum)), tf.zerosLike(x));
}
