import { toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expRemainder, log1pRemainder } from "./exp-remainder.js";
import { type LogTails, logTails } from "./incomplete-gamma.js";
import { logConcaveTail } from "./log-concave-tail.js";
import { excess, logBinomialTerm, type Odds } from "./saddle-point.js";

/**
 * log I_x(a, b) and its complement log I_(1-x)(b, a), the regularized incomplete beta function at x = `odds.probs`, for
 * a, b > 0; both to about 1e-6 relatively, in either tail; differentiable in a, b and x.
 *
 * With y = logit of the beta variable the density is a constant times sigmoid(y)^a sigmoid(-y)^b, log-concave for every
 * a and b.
 */
export function logIncompleteBeta(a: tf.Tensor, b: tf.Tensor, odds: Odds): LogTails {
  const [alpha, beta, x, complement, logX, logComplement] = toOneShape(
    a,
    b,
    odds.probs,
    odds.complement,
    odds.logProbs,
    odds.logComplement,
  ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const { size, shape } = alpha;
  const column = (v: tf.Tensor) => tf.reshape(v, [size, 1]);
  // Past the mode the density falls: upwards if its slope at x is negative.
  const slope = excess(alpha, beta, { probs: x, complement });
  const upperIsSmaller = tf.sub(1, tf.step(slope));
  const direction = tf.sub(tf.mul(2, upperIsSmaller), 1);
  // By symmetry the curvature is taken from the smaller of x and 1 - x.
  const isLow = tf.step(tf.sub(complement, x));
  const smaller = tf.add(tf.mul(isLow, x), tf.mul(tf.sub(1, isLow), complement));
  const mirrored = column(tf.mul(direction, tf.sub(tf.mul(2, isLow), 1)));
  // The parameter whose end of the axis the tail runs to is one larger, as in logIncompleteGamma:
  // B_x(a, b) = (x^a (1 - x)^b + (a + b) B_x(a + 1, b)) / a.
  const isLower = tf.sub(1, upperIsSmaller);
  const lifted = column(tf.add(slope, tf.sub(tf.mul(isLower, complement), tf.mul(upperIsSmaller, x))));
  const count = tf.add(alpha, beta);
  const [directionOf, z, liftedCount] = [column(direction), column(smaller), column(tf.add(count, 1))];
  const logIntegral = tf.reshape(
    logConcaveTail(size, (s) =>
      tf.sub(tf.mul(lifted, tf.mul(directionOf, s)), tf.mul(liftedCount, curvature(z, tf.mul(mirrored, s)))),
    ),
    shape,
  );
  // The density at the edge over its parameter, a b / (a + b) / a or / b, is the other one's share.
  const towards = tf.add(tf.mul(isLower, x), tf.mul(upperIsSmaller, complement));
  const other = tf.add(tf.mul(isLower, beta), tf.mul(upperIsSmaller, alpha));
  const logOverDensity = tf.add(
    tf.log(tf.div(other, count)),
    tf.log1p(tf.mul(tf.mul(count, towards), tf.exp(logIntegral))),
  );
  const fromLogs: Odds = { probs: x, complement, logProbs: logX, logComplement };
  const logSmaller = tf.minimum(tf.add(logBinomialTerm(alpha, beta, fromLogs), logOverDensity), -1e-7);
  return logTails(logSmaller, upperIsSmaller);
}

/** log(1 + z (exp(t) - 1)) - z t for z in [0, 1/2], which keeps its digits for small z and t; finite for any t. */
function curvature(z: tf.Tensor, t: tf.Tensor): tf.Tensor {
  const isNear = tf.sub(1, tf.step(tf.sub(tf.abs(t), 1)));
  const small = tf.mul(isNear, t);
  const near = tf.add(log1pRemainder(tf.mul(z, tf.expm1(small))), tf.mul(z, expRemainder(small)));
  const bounded = tf.minimum(t, 80);
  const far = tf.sub(tf.add(tf.log1p(tf.mul(z, tf.expm1(bounded))), tf.sub(t, bounded)), tf.mul(z, t));
  return tf.add(tf.mul(isNear, near), tf.mul(tf.sub(1, isNear), far));
}
