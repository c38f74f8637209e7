import { detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { logIncompleteBeta } from "./incomplete-beta.js";
import { type LogTails, logIncompleteGamma } from "./incomplete-gamma.js";
import { logBinomialTerm, logPoissonTerm, type Odds } from "./saddle-point.js";

/** A probability and its complement, each with full accuracy. */
export interface Tails {
  readonly lower: tf.Tensor;
  readonly upper: tf.Tensor;
}

/** The point at which a cdf has the wanted value: `start + step`. */
export interface Inverse {
  /** A constant, within float32 accuracy of the point. */
  readonly start: tf.Tensor;
  /**
   * The rest, about 0. It carries the gradients of the probability and of the parameters, by the implicit function
   * theorem.
   */
  readonly step: tf.Tensor;
}

const bisections = 27;

/** log of the quantile of the gamma distribution of concentration a and rate 1. */
export function logGammaQuantile(a: tf.Tensor, probability: Tails): Inverse {
  const [shape, lower, upper] = toOneShape(a, probability.lower, probability.upper) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return invert(
    { lower, upper },
    [-200, 88],
    (logX) => logIncompleteGamma(shape, tf.exp(logX), logX),
    (logX) => tf.add(logPoissonTerm(shape, tf.exp(logX), logX), tf.log(shape)),
  );
}

/** Log-odds of the quantile of the beta distribution of concentrations a and b. */
export function betaLogitQuantile(a: tf.Tensor, b: tf.Tensor, probability: Tails): Inverse {
  const [alpha, beta, lower, upper] = toOneShape(a, b, probability.lower, probability.upper) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return invert(
    { lower, upper },
    [-200, 200],
    (logit) => logIncompleteBeta(alpha, beta, oddsOf(logit)),
    (logit) => {
      const logScale = tf.add(tf.log(alpha), tf.log(tf.div(beta, tf.add(alpha, beta))));
      return tf.add(logBinomialTerm(alpha, beta, oddsOf(logit)), logScale);
    },
  );
}

/** A probability, its complement and the logarithms of both from its log-odds. */
export function oddsOf(logit: tf.Tensor): Odds {
  return {
    probs: tf.sigmoid(logit),
    complement: tf.sigmoid(tf.neg(logit)),
    logProbs: tf.neg(tf.softplus(tf.neg(logit))),
    logComplement: tf.neg(tf.softplus(logit)),
  };
}

/** The quantile of probabilities 0 and 1 is an end of the support; no gradient passes there. */
export function atEnds(probability: tf.Tensor, quantile: tf.Tensor, least: number, largest: number): tf.Tensor {
  const isAt = (end: number) => detached((p) => tf.cast(tf.equal(p, end), "float32"), probability);
  const [atZero, atOne] = [isAt(0), isAt(1)] as const;
  const inside = tf.sub(1, tf.add(atZero, atOne));
  const end = (is: tf.Tensor, value: number) =>
    value === 0
      ? tf.zerosLike(is)
      : detached((v) => tf.where(tf.cast(v, "bool"), tf.fill(v.shape, value), tf.zerosLike(v)), is);
  return tf.add(tf.mul(quantile, inside), tf.add(end(atZero, least), end(atOne, largest)));
}

/**
 * Inverts the tails of an increasing cdf, by bisection on the logarithm of the smaller tail and two Newton steps, the
 * last of which is differentiable. All tensors have one shape.
 */
function invert(
  { lower, upper }: Tails,
  [low, high]: readonly [number, number],
  tailsAt: (u: tf.Tensor) => LogTails,
  logDensityAt: (u: tf.Tensor) => tf.Tensor,
): Inverse {
  const isUpper = tf.step(tf.sub(lower, upper));
  const pick = (ofLower: tf.Tensor, ofUpper: tf.Tensor) => tf.where(tf.cast(isUpper, "bool"), ofUpper, ofLower);
  const direction = tf.sub(1, tf.mul(2, isUpper));
  // Positive where u is too low.
  const lag = (u: tf.Tensor, logWanted: tf.Tensor) => {
    const { logLower, logUpper } = tailsAt(u);
    return tf.mul(direction, tf.sub(logWanted, pick(logLower, logUpper)));
  };
  // One over the slope of the logarithm of the tail.
  const inverseSlope = (u: tf.Tensor) => {
    const { logLower, logUpper } = tailsAt(u);
    return tf.exp(tf.sub(pick(logLower, logUpper), logDensityAt(u)));
  };
  const logWanted = tf.log(tf.maximum(pick(lower, upper), 2 ** -126));
  const start = detached((wanted) => {
    let u: tf.Tensor = tf.fill(lower.shape, (low + high) / 2);
    for (let n = 2; n <= bisections; n++) {
      const sign = tf.sub(tf.mul(2, tf.step(lag(u, wanted as tf.Tensor))), 1);
      u = tf.add(u, tf.mul(sign, (high - low) / 2 ** n));
    }
    return tf.add(u, tf.mul(lag(u, wanted as tf.Tensor), inverseSlope(u)));
  }, logWanted);
  const slope = detached((u) => inverseSlope(u), start);
  return { start, step: tf.mul(lag(start, logWanted), slope) };
}
