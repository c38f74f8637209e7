import { detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { logIncompleteBeta } from "./incomplete-beta.js";
import { type LogTails, logIncompleteGamma } from "./incomplete-gamma.js";
import { excess, logBinomialTerm, logPoissonTerm, type Odds } from "./saddle-point.js";

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

/**
 * From the mode, Halley's method needs at most 6 steps to float32 accuracy, for concentrations from 1e-3 to 1e6 and tails down
 * to 1e-37.
 */
const steps = 7;

/** A cdf over the real line whose density is log-concave, so that the logarithms of both tails are concave too. */
interface LogConcaveLaw {
  /** The ends of the search. */
  readonly range: readonly [number, number];
  readonly mode: tf.Tensor;
  readonly tailsAt: (u: tf.Tensor) => LogTails;
  readonly logDensityAt: (u: tf.Tensor) => tf.Tensor;
  readonly logDensitySlopeAt: (u: tf.Tensor) => tf.Tensor;
}

/** log of the quantile of the gamma distribution of concentration a and rate 1. */
export function logGammaQuantile(a: tf.Tensor, probability: Tails): Inverse {
  const [shape, lower, upper] = toOneShape(a, probability.lower, probability.upper) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return invert(
    { lower, upper },
    {
      range: [-200, 88],
      mode: tf.log(shape),
      tailsAt: (logX) => logIncompleteGamma(shape, tf.exp(logX), logX),
      logDensityAt: (logX) => tf.add(logPoissonTerm(shape, tf.exp(logX), logX), tf.log(shape)),
      logDensitySlopeAt: (logX) => tf.sub(shape, tf.exp(logX)),
    },
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
    {
      range: [-200, 200],
      mode: tf.sub(tf.log(alpha), tf.log(beta)),
      tailsAt: (logit) => logIncompleteBeta(alpha, beta, oddsOf(logit)),
      logDensityAt: (logit) => {
        const logScale = tf.add(tf.log(alpha), tf.log(tf.div(beta, tf.add(alpha, beta))));
        return tf.add(logBinomialTerm(alpha, beta, oddsOf(logit)), logScale);
      },
      logDensitySlopeAt: (logit) => excess(alpha, beta, oddsOf(logit)),
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
 * Inverts the tails of a cdf, by Halley's method on the logarithm of the smaller tail and a differentiable Newton step. A step
 * that leaves the bracket of the root halves the bracket. All tensors have one shape.
 */
function invert({ lower, upper }: Tails, law: LogConcaveLaw): Inverse {
  const [low, high] = law.range;
  const isUpper = tf.step(tf.sub(lower, upper));
  const pick = (ofLower: tf.Tensor, ofUpper: tf.Tensor) => tf.where(tf.cast(isUpper, "bool"), ofUpper, ofLower);
  const direction = tf.sub(1, tf.mul(2, isUpper));
  const logTailAt = (u: tf.Tensor) => {
    const { logLower, logUpper } = law.tailsAt(u);
    return pick(logLower, logUpper);
  };
  // Positive where u is too low.
  const lagOf = (logTail: tf.Tensor, logWanted: tf.Tensor) => tf.mul(direction, tf.sub(logWanted, logTail));
  // One over the slope of the logarithm of the tail.
  const inverseSlope = (u: tf.Tensor, logTail: tf.Tensor) => tf.exp(tf.sub(logTail, law.logDensityAt(u)));

  const logWanted = tf.log(tf.maximum(pick(lower, upper), 2 ** -126));
  const start = detached((wanted) => {
    let u: tf.Tensor = tf.clipByValue(law.mode, low, high);
    let below: tf.Tensor = tf.fill(u.shape, low);
    let above: tf.Tensor = tf.fill(u.shape, high);
    for (let step = 0; step < steps; step++) {
      const logTail = logTailAt(u);
      const lag = lagOf(logTail, wanted as tf.Tensor);
      const isTooLow = tf.greater(lag, 0);
      below = tf.where(isTooLow, u, below);
      above = tf.where(isTooLow, above, u);
      const perSlope = inverseSlope(u, logTail);
      const curvature = tf.sub(tf.mul(law.logDensitySlopeAt(u), perSlope), direction);
      // A divisor below 1/2 would rely on the curvature far from the root.
      const divisor = tf.maximum(tf.add(1, tf.mul(0.5, tf.mul(lag, curvature))), 0.5);
      const next = tf.clipByValue(tf.add(u, tf.div(tf.mul(lag, perSlope), divisor)), low, high);
      // Also where `next` is NaN.
      const isInside = tf.logicalAnd(tf.greaterEqual(next, below), tf.lessEqual(next, above));
      u = tf.where(isInside, next, tf.mul(0.5, tf.add(below, above)));
    }
    return u;
  }, logWanted);
  const slope = detached((u) => inverseSlope(u, logTailAt(u)), start);
  return { start, step: tf.mul(lagOf(logTailAt(start), logWanted), slope) };
}
