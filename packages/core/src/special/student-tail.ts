import { detached, signOf, toOneShape, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { addGradient } from "../gradients/added-gradient.js";
import { log1pRemainder } from "./exp-remainder.js";
import { logIncompleteBeta } from "./incomplete-beta.js";
import { betaLogitQuantile } from "./inverse-tails.js";
import { logGammaHalfStep } from "./log-gamma-half-step.js";
import { log1pSquare, overOnePlusSquare, smallerRatio } from "./log1p-square.js";

/** `-(df + 1) / 2 log(1 + t^2 / df)`: Student's log-density without its normalizer. */
export function studentKernel(t: tf.Tensor, df: tf.Tensor): tf.Tensor {
  return withGradient(
    (t, df) => tf.mul(tf.mul(-0.5, tf.add(df, 1)), log1pSquare(tf.div(t, tf.sqrt(df)))),
    (upstream, t, df) => {
      const root = tf.sqrt(df);
      const s = tf.div(t, root);
      const ofT = tf.neg(tf.div(tf.mul(tf.add(df, 1), overOnePlusSquare(s)), root));
      // With the share v = s^2 / (1 + s^2): the slope in df is (v / df - (log(1 + s^2) - v)) / 2, whose difference
      // cancels for small v; there log(1 + s^2) = -log(1 - v).
      const size = tf.abs(s);
      const square = tf.square(smallerRatio(size));
      const share = tf.div(tf.where(tf.greater(size, 1), tf.onesLike(square), square), tf.add(1, square));
      const small = tf.minimum(share, 0.4);
      const isSmall = tf.lessEqual(share, small);
      const excess = tf.where(isSmall, tf.neg(log1pRemainder(tf.neg(small))), tf.sub(log1pSquare(s), share));
      const ofDf = tf.mul(0.5, tf.sub(tf.div(share, df), excess));
      return [tf.mul(upstream, ofT), tf.mul(upstream, ofDf)];
    },
    t,
    df,
  );
}

/** log P(T <= t) of Student's t: half an incomplete beta function of df / (df + t^2); differentiable in both arguments. */
export function logStudentTail(t: tf.Tensor, df: tf.Tensor): tf.Tensor {
  const [at, freedom] = toOneShape(t, df) as [tf.Tensor, tf.Tensor];
  const value = logCdf(
    detached((x) => tf.clone(x), at),
    freedom,
  );
  // The slope in t is the density over the cdf; the slope of the beta function is lost at t = 0.
  const slope = detached(
    (x, nu, log) => tf.exp(tf.sub(logDensity(x as tf.Tensor, nu as tf.Tensor), log as tf.Tensor)),
    at,
    freedom,
    value,
  );
  return addGradient(value, at, slope);
}

/** The quantile of Student's t; differentiable in both arguments. */
export function studentQuantile(probability: tf.Tensor, df: tf.Tensor): tf.Tensor {
  const fromHalf = tf.sub(probability, 0.5);
  const smaller = tf.minimum(probability, tf.sub(1, probability));
  // df / (df + t^2) is a beta variable, and both tails of t are the lower one of it.
  const { start, step } = betaLogitQuantile(tf.div(df, 2), tf.scalar(0.5), {
    lower: tf.mul(2, smaller),
    upper: tf.mul(2, tf.abs(fromHalf)),
  });
  const size = tf.mul(tf.sqrt(df), tf.mul(tf.exp(tf.mul(-0.5, start)), tf.exp(tf.mul(-0.5, step))));
  const [tail, sign] = toOneShape(smaller, signOf(fromHalf), size) as [tf.Tensor, tf.Tensor];
  const isEnd = detached((p) => tf.cast(tf.equal(p as tf.Tensor, 0), "float32"), tail);
  const end = tf.mul(sign, tf.fill(sign.shape, Number.POSITIVE_INFINITY));
  return tf.where(tf.cast(isEnd, "bool"), end, tf.mul(sign, size));
}

function logDensity(t: tf.Tensor, df: tf.Tensor): tf.Tensor {
  const normalizer = tf.sub(logGammaHalfStep(tf.div(df, 2)), Math.log(2 * Math.PI) / 2);
  return tf.add(studentKernel(t, df), normalizer);
}

/** Differentiable in df alone. */
function logCdf(t: tf.Tensor, df: tf.Tensor): tf.Tensor {
  // Finite and not 0, so that both logarithms below are finite.
  const size = tf.clipByValue(tf.abs(t), 1e-15, 1e30);
  const s = tf.div(size, tf.sqrt(df));
  const logProbs = tf.neg(log1pSquare(s));
  const logComplement = tf.add(tf.mul(2, tf.log(s)), logProbs);
  const odds = { probs: tf.exp(logProbs), complement: tf.exp(logComplement), logProbs, logComplement };
  const logTail = tf.sub(logIncompleteBeta(tf.div(df, 2), tf.scalar(0.5), odds).logLower, Math.LN2);
  const isUpper = detached((x) => tf.step(x), t);
  const isInfinite = detached((x) => tf.cast(tf.equal(tf.abs(x), Number.POSITIVE_INFINITY), "float32"), t);
  // At infinite distance the lower tail is 0 and the upper one 1.
  const log = tf.where(tf.cast(isUpper, "bool"), tf.log1p(tf.neg(tf.exp(logTail))), logTail);
  const end = tf.where(tf.cast(isUpper, "bool"), tf.zerosLike(log), tf.fill(log.shape, Number.NEGATIVE_INFINITY));
  return tf.where(tf.cast(isInfinite, "bool"), end, log);
}
