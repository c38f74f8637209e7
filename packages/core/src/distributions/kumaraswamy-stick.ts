import { broadcastTensor, toOneShape, withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { logGammaOfOnePlus } from "../special/log-gamma.js";
import { logLogComplement } from "../special/log-log-complement.js";

/**
 * A share v of a stick, Kumaraswamy(a, b) with cdf 1 - (1 - v^a)^b, represented by log(-log v): with very small or very
 * different concentrations, v and v^a round to 0 or 1 in float32.
 */

/** Parameters of shares: the exponents of v and of 1 - v^a; for Beta the exponents of v and 1 - v, plus 1. */
export interface Shares {
  readonly a: tf.Tensor;
  readonly b: tf.Tensor;
}

type LogDensity = (logit: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Result of {@link drawStick}. */
export interface StickDraw {
  /** log v - log(1 - v). */
  readonly logit: tf.Tensor;
  /** Log-density of the logit. */
  readonly logDensity: tf.Tensor;
}

/** A share by inversion: 1 - v^a is a uniform number to the power 1 / b, with -log of the uniform number exp(-gumbel). */
export function drawStick(gumbel: tf.Tensor, a: tf.Tensor, b: tf.Tensor): StickDraw {
  // log(-log(1 - v^a)), log(-log(v^a)) and log(-log(v)).
  const ofComplement = tf.neg(tf.add(gumbel, tf.log(b)));
  const ofPower = logLogComplement(ofComplement);
  const ofShare = tf.sub(ofPower, tf.log(a));
  const logRest = tf.neg(tf.exp(logLogComplement(ofShare)));
  return {
    logit: tf.sub(tf.neg(tf.exp(ofShare)), logRest),
    logDensity: logDensity({
      logPower: tf.neg(tf.exp(ofPower)),
      logComplement: tf.neg(tf.exp(ofComplement)),
      logRest,
      a,
      b,
    }),
  };
}

/** Log-density of the logit of a share. */
export function stickLogDensity(logit: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const ofPower = tf.add(logSoftplus(tf.neg(logit)), tf.log(a));
  const logComplement = tf.neg(tf.exp(logLogComplement(ofPower)));
  return logDensity({ logPower: tf.neg(tf.exp(ofPower)), logComplement, logRest: tf.neg(tf.softplus(logit)), a, b });
}

/** Log-density of the logit of a Beta(a, b) share: the shares of a Dirichlet's sticks. */
export function betaLogDensity(logit: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const logGamma = (x: tf.Tensor) => tf.sub(logGammaOfOnePlus(x), tf.log(x));
  const logBeta = tf.sub(tf.add(logGamma(a), logGamma(b)), logGamma(tf.add(a, b)));
  const powers = tf.add(tf.mul(a, tf.softplus(tf.neg(logit))), tf.mul(b, tf.softplus(logit)));
  return tf.neg(tf.add(powers, logBeta));
}

/**
 * KL of Kumaraswamy shares q from shares p, Kumaraswamy's or, with {@link betaLogDensity}, Beta's, elementwise: the trapezoidal rule in
 * the logit t of the uniform number that the share is drawn from. The integrand's singularities are pi / 2 away from the
 * line, so that the error falls as exp(-pi^2 / step): 3e-9 at a step of 1/2.
 */
export function stickDivergence(q: Shares, p: Shares, logDensityOfP: LogDensity = stickLogDensity): tf.Tensor {
  // One shape for all: the rule adds an axis in front.
  const [a, b, otherA, otherB] = toOneShape(q.a, q.b, p.a, p.b) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const step = 0.5;
  const count = 140;
  const nodes = Array.from({ length: count }, (_, k) => step * (k - (count - 1) / 2));
  const outer = (values: number[]) => tf.reshape(tf.tensor1d(values), [count, ...new Array<number>(a.rank).fill(1)]);
  const softplus = (t: number) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
  // -log(-log u) for u = sigmoid(t), in float64: the Gumbel draw that this u makes.
  const gumbel = outer(nodes.map((t) => -Math.log(softplus(-t))));
  const weights = outer(nodes.map((t) => step * Math.exp(-softplus(t) - softplus(-t))));
  const shape = [count, ...a.shape];
  const draw = drawStick(broadcastTensor(gumbel, shape), a, b);
  return tf.sum(tf.mul(weights, tf.sub(draw.logDensity, logDensityOfP(draw.logit, otherA, otherB))), 0);
}

interface StickLogs {
  /** log v^a. */
  readonly logPower: tf.Tensor;
  /** log(1 - v^a). */
  readonly logComplement: tf.Tensor;
  /** log(1 - v). */
  readonly logRest: tf.Tensor;
  readonly a: tf.Tensor;
  readonly b: tf.Tensor;
}

/** log(a b v^(a-1) (1 - v^a)^(b-1)) + log(v (1 - v)). */
function logDensity({ logPower, logComplement, logRest, a, b }: StickLogs): tf.Tensor {
  const constant = tf.add(tf.log(a), tf.log(b));
  return tf.add(tf.add(constant, logPower), tf.add(tf.mul(tf.sub(b, 1), logComplement), logRest));
}

/** log softplus(x), x itself where softplus(x) = exp(x) rounds to 0. */
function logSoftplus(x: tf.Tensor): tf.Tensor {
  const value = (x: tf.Tensor) => tf.where(tf.less(x, -15), x, tf.log(tf.softplus(x)));
  return withGradient(
    value,
    // sigmoid(x) / softplus(x), in logs.
    (upstream, x) => [tf.mul(upstream, tf.exp(tf.sub(tf.neg(tf.softplus(tf.neg(x))), value(x))))],
    x,
  );
}
