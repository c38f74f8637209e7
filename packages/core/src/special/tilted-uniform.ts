import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { logDamping, logPartition, tiltedMean } from "./exponential-tilt.js";
import { type LogTails, logTails } from "./incomplete-gamma.js";

/** `eta x - A(eta)`, the log-density of the tilted uniform variable at x in [0, 1]. */
export function logTiltedDensity(x: tf.Tensor, eta: tf.Tensor): tf.Tensor {
  return withGradient(
    (x, eta) => {
      // Uses the distance from the mode, so that eta x and A(eta) do not cancel.
      const ofMode = tf.add(tf.mul(tf.relu(eta), tf.sub(1, x)), tf.mul(tf.relu(tf.neg(eta)), x));
      return tf.neg(tf.add(ofMode, logDamping(tf.abs(eta))));
    },
    (upstream, x, eta) => [tf.mul(upstream, eta), tf.mul(upstream, tf.sub(x, tiltedMean(eta)))],
    x,
    eta,
  );
}

/** log P(X <= x) and log P(X > x) for x and `complement` = 1 - x in (0, 1). */
export function logTiltedTails(x: tf.Tensor, complement: tf.Tensor, eta: tf.Tensor): LogTails {
  const lower = logTiltedCdf(x, complement, eta);
  const upper = logTiltedCdf(complement, x, tf.neg(eta));
  const upperIsSmaller = tf.step(tf.sub(lower, upper));
  const isUpper = tf.cast(upperIsSmaller, "bool");
  return logTails(tf.minimum(tf.where(isUpper, upper, lower), -1e-7), upperIsSmaller);
}

/** log(expm1(eta x) / expm1(eta)), which is A(eta x) - A(eta) + log x; `complement` is 1 - x with full accuracy. */
function logTiltedCdf(x: tf.Tensor, complement: tf.Tensor, eta: tf.Tensor): tf.Tensor {
  const value = (x: tf.Tensor, complement: tf.Tensor, eta: tf.Tensor) => {
    const a = tf.abs(eta);
    const ofMode = tf.mul(tf.relu(eta), complement);
    return tf.sub(tf.add(tf.sub(logDamping(tf.mul(a, x)), logDamping(a)), tf.log(x)), ofMode);
  };
  return withGradient(
    value,
    (upstream, x, complement, eta) => {
      const ofX = tf.exp(tf.sub(logTiltedDensity(x, eta), value(x, complement, eta)));
      const ofEta = tf.sub(tf.mul(x, tiltedMean(tf.mul(eta, x))), tiltedMean(eta));
      return [tf.mul(upstream, ofX), tf.zerosLike(upstream), tf.mul(upstream, ofEta)];
    },
    x,
    complement,
    eta,
  );
}

// Below it the quantile is a series in eta.
const small = 0.02;

/** The quantile, `log(1 + p (exp(eta) - 1)) / eta`, for p in [0, 1]; its slope in eta is the implicit function's. */
export function tiltedQuantile(probability: tf.Tensor, eta: tf.Tensor): tf.Tensor {
  return withGradient(
    quantile,
    (upstream, p, eta) => {
      const x = quantile(p, eta);
      const isRight = tf.greater(eta, 0);
      // Of the mirrored variable, whose mode is at 1: y from the far end, and its distance from the mode.
      const complement = tf.sub(1, x);
      const [y, distance] = [tf.where(isRight, x, complement), tf.where(isRight, complement, x)];
      const a = tf.abs(eta);
      const mean = (rate: tf.Tensor) => tiltedMean(tf.neg(rate));
      const difference = tf.sub(distance, tf.sub(mean(a), tf.mul(y, mean(tf.mul(a, y)))));
      const ofEta = tf.mul(tf.mul(y, tf.exp(logDamping(tf.mul(a, y)))), difference);
      return [tf.div(upstream, tf.exp(logTiltedDensity(x, eta))), tf.mul(upstream, ofEta)];
    },
    probability,
    eta,
  );
}

function quantile(p: tf.Tensor, eta: tf.Tensor): tf.Tensor {
  const rest = tf.sub(1, p);
  // The cumulants of a bit: the quantile is their generating function over eta.
  const variance = tf.mul(p, rest);
  const third = tf.mul(variance, tf.sub(rest, p));
  const fourth = tf.mul(variance, tf.sub(1, tf.mul(6, variance)));
  const near = tf.clipByValue(eta, -small, small);
  const tail = tf.add(tf.div(third, 6), tf.mul(near, tf.div(fourth, 24)));
  const series = tf.add(p, tf.mul(near, tf.add(tf.div(variance, 2), tf.mul(near, tail))));
  const isSeries = tf.lessEqual(tf.abs(eta), small);
  const safe = tf.where(isSeries, tf.onesLike(eta), eta);
  // From the nearer end: log1p if exp(eta) p is small, else the distance from 1.
  const growth = tf.mul(p, tf.expm1(tf.minimum(safe, 80)));
  const fromZero = tf.div(tf.log1p(tf.minimum(growth, 1)), safe);
  const fromOne = tf.add(1, tf.div(tf.log(tf.add(p, tf.mul(rest, tf.exp(tf.neg(tf.maximum(safe, 0)))))), safe));
  const direct = tf.where(tf.logicalAnd(tf.greater(safe, 0), tf.greater(growth, 1)), fromOne, fromZero);
  return tf.clipByValue(tf.where(isSeries, series, direct), 0, 1);
}

/**
 * The log-density at `tiltedQuantile(noise, eta)`, from the noise: `log(1 - noise + noise exp(eta)) - A(eta)`. No gradient
 * reaches the noise.
 */
export function logTiltedDensityOfNoise(noise: tf.Tensor, eta: tf.Tensor): tf.Tensor {
  return withGradient(
    (u, eta) => {
      const rest = tf.sub(1, u);
      const isRight = tf.greater(eta, 0);
      const decay = tf.exp(tf.neg(tf.abs(eta)));
      const [kept, damped] = [tf.where(isRight, u, rest), tf.where(isRight, rest, u)];
      return tf.sub(tf.log(tf.add(kept, tf.mul(damped, decay))), logDamping(tf.abs(eta)));
    },
    (upstream, u, eta) => {
      const logit = tf.sub(tf.log(u), tf.log1p(tf.neg(u)));
      const slope = tf.sub(tf.sigmoid(tf.add(eta, logit)), tiltedMean(eta));
      return [tf.zerosLike(u), tf.mul(upstream, slope)];
    },
    noise,
    eta,
  );
}

/** The entropy, `A(eta) - eta A'(eta)`; that of -eta is the same. */
export function tiltedEntropy(eta: tf.Tensor): tf.Tensor {
  const a = tf.abs(eta);
  return tf.add(logPartition(tf.neg(a)), tf.mul(a, tiltedMean(tf.neg(a))));
}
