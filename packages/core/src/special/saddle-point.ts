import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { digammaGap } from "./digamma.js";

const tiny = 1e-30;

/** 1/3 + v^2/5 + v^4/7 + ...: (atanh(v) - v) / v^3; to float32 for |v| < 0.35. */
export function atanhSeries(v: tf.Tensor): tf.Tensor {
  const square = tf.square(v);
  let sum: tf.Tensor = tf.fill(v.shape, 1 / 17);
  for (let odd = 15; odd >= 3; odd -= 2) sum = tf.add(1 / odd, tf.mul(square, sum));
  return sum;
}

/**
 * `x log(x / m) + m - x`, the distance of a count x from its mean m, in nats: the exponent of the saddle-point forms of
 * the Poisson and the binomial (Loader 2000, "Fast and accurate computation of binomial probabilities", bd0). Accurate
 * if x and m are close, and if m underflows but its logarithm does not. For x >= 0; `logMean` carries the gradient of
 * the mean. `difference` is x - m, for callers that know it more accurately than from the rounded m.
 */
export function deviance(
  x: tf.Tensor,
  mean: tf.Tensor,
  logMean: tf.Tensor,
  difference: tf.Tensor = tf.sub(x, mean),
): tf.Tensor {
  return withGradient(
    (x, m, logM, d) => {
      const v = tf.div(d, tf.maximum(tf.add(x, m), tiny));
      const isNear = tf.less(tf.abs(v), 0.2);
      const u = tf.where(isNear, v, tf.zerosLike(v));
      // x log(x / m) = 2 x atanh(v), whose first term meets m - x in v (x - m).
      const near = tf.add(tf.mul(u, d), tf.mul(tf.mul(tf.mul(2, x), tf.mul(u, tf.square(u))), atanhSeries(u)));
      const far = tf.add(tf.mul(x, logRatio(x, m, logM)), tf.neg(d));
      return tf.where(tf.equal(x, 0), m, tf.where(isNear, near, far));
    },
    (upstream, x, m, logM, d) => [
      tf.mul(upstream, logRatio(x, m, tf.maximum(logM, -1e30))),
      tf.zerosLike(m),
      tf.neg(tf.mul(upstream, d)),
      tf.zerosLike(d),
    ],
    x,
    mean,
    logMean,
    difference,
  );
}

/**
 * log(x / m), as a difference of logarithms where the ratio overflows or is so small that some backends flush it to 0.
 */
function logRatio(x: tf.Tensor, m: tf.Tensor, logM: tf.Tensor): tf.Tensor {
  const safe = tf.maximum(x, tiny);
  const ratio = tf.div(safe, tf.maximum(m, tiny));
  const isInRange = tf.logicalAnd(tf.greater(ratio, tiny), tf.less(ratio, 1 / tiny));
  const hasDigits = tf.logicalAnd(tf.greater(m, tiny), tf.greater(x, tiny));
  return tf.where(tf.logicalAnd(isInRange, hasDigits), tf.log(ratio), tf.sub(tf.log(safe), logM));
}

/**
 * log Gamma(x + 1) - (x log x - x) for x >= 0: the remainder of Stirling's first terms, from 0 at 0 to about log(2 pi
 * x) / 2. To 4e-7 absolutely; differentiable. Its slope at 0 is that at 1e-30, some 68 instead of Infinity: the slope
 * of {@link deviance} ends there too, and their sum is finite.
 */
export function stirlingRemainder(x: tf.Tensor): tf.Tensor {
  return withGradient(
    remainder,
    // digamma(x + 1) - log x.
    (upstream, x) => {
      const slope = tf.sub(tf.log1p(tf.reciprocal(tf.maximum(x, tiny))), digammaGap(tf.add(x, 1)));
      return [tf.mul(upstream, slope)];
    },
    x,
  );
}

function remainder(x: tf.Tensor): tf.Tensor {
  const lift = 3;
  const isSmall = tf.step(tf.sub(lift, x));
  const z = tf.add(tf.maximum(x, tiny), tf.mul(lift, isSmall));
  const inverse = tf.reciprocal(z);
  const w = tf.square(inverse);
  const corrections = tf.sub(1 / 12, tf.mul(w, tf.sub(1 / 360, tf.mul(w, tf.sub(1 / 1260, tf.div(w, 1680))))));
  const series = tf.add(tf.mul(0.5, tf.log(tf.mul(2 * Math.PI, z))), tf.mul(inverse, corrections));
  let recurrence: tf.Tensor = tf.zerosLike(x);
  for (let step = 0; step < lift; step++) {
    const y = tf.add(tf.maximum(x, tiny), step);
    recurrence = tf.add(recurrence, tf.sub(1, tf.mul(y, tf.log1p(tf.reciprocal(y)))));
  }
  // Exactly 0 at 0, so that certain outcomes of a binomial have log-probability 0.
  return tf.mul(tf.step(x), tf.sub(series, tf.mul(isSmall, recurrence)));
}

/** log of `rate^x exp(-rate) / Gamma(x + 1)`, for real x >= 0. */
export function logPoissonTerm(x: tf.Tensor, rate: tf.Tensor, logRate: tf.Tensor): tf.Tensor {
  return tf.neg(tf.add(deviance(x, rate, logRate), stirlingRemainder(x)));
}

/** A probability and its complement, with their logarithms, which are accurate where the values underflow. */
export interface Odds {
  readonly probs: tf.Tensor;
  readonly complement: tf.Tensor;
  readonly logProbs: tf.Tensor;
  readonly logComplement: tf.Tensor;
}

/**
 * `a complement - b probs`, the excess of a over its share of a + b. It is computed from the smaller of the two
 * probabilities, with a correction for the rounding of the product: the result may be smaller than a and b by seven
 * digits.
 */
export function excess(
  a: tf.Tensor,
  b: tf.Tensor,
  { probs, complement }: Pick<Odds, "probs" | "complement">,
): tf.Tensor {
  return withGradient(
    (a, b, x, w) => {
      const n = tf.add(a, b);
      const isLow = tf.lessEqual(x, w);
      const fromLow = minusProduct(a, n, x);
      const fromHigh = tf.neg(minusProduct(b, n, w));
      return tf.where(isLow, fromLow, fromHigh);
    },
    (upstream, a, b, x, w) => [
      tf.mul(upstream, w),
      tf.neg(tf.mul(upstream, x)),
      tf.neg(tf.mul(upstream, b)),
      tf.mul(upstream, a),
    ],
    a,
    b,
    probs,
    complement,
  );
}

/** `a - n x` with the error of the rounded product, which Dekker's splitting gives exactly. */
function minusProduct(a: tf.Tensor, n: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const [nHigh, nLow] = split(n);
  const [xHigh, xLow] = split(x);
  const product = tf.mul(n, x);
  const high = tf.sub(tf.mul(nHigh, xHigh), product);
  const cross = tf.add(tf.mul(nHigh, xLow), tf.mul(nLow, xHigh));
  const error = tf.add(tf.add(high, cross), tf.mul(nLow, xLow));
  return tf.sub(tf.sub(a, product), error);
}

/** The upper 12 bits of a float32 and the rest. */
function split(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const scaled = tf.mul(4097, x);
  const high = tf.sub(scaled, tf.sub(scaled, x));
  return [high, tf.sub(x, high)];
}

/** log of `Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) probs^a complement^b`, for real a, b >= 0. */
export function logBinomialTerm(a: tf.Tensor, b: tf.Tensor, odds: Odds): tf.Tensor {
  const n = tf.add(a, b);
  const logN = tf.log(tf.maximum(n, tiny));
  const difference = excess(a, b, odds);
  const ofA = deviance(a, tf.mul(n, odds.probs), tf.add(logN, odds.logProbs), difference);
  const ofB = deviance(b, tf.mul(n, odds.complement), tf.add(logN, odds.logComplement), tf.neg(difference));
  const remainders = tf.sub(stirlingRemainder(n), tf.add(stirlingRemainder(a), stirlingRemainder(b)));
  return tf.sub(remainders, tf.add(ofA, ofB));
}
