import { concatLast, isOnHost } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { stopGradient } from "../gradients/path-gradient.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";
import { logHazard, logNormalCdfAbove } from "../special/log-normal-cdf-bounded.js";
import { cornerRule, farthest, type Precision } from "./corner-rule.js";
import { largestOnHost } from "./largest-on-host.js";

/** Independent normals y_1 ... y_D and a threshold. */
export interface NormalsAndThreshold {
  /** Means, `[..., D]`; `scale` has the same shape. */
  readonly loc: tf.Tensor;
  /** Standard deviations, > 0, `[..., D]`. */
  readonly scale: tf.Tensor;
  /** The constant that competes with the normals, `[..., 1]`. */
  readonly threshold: tf.Tensor;
}

// Truncation at `reach` costs 2 D Phi(-reach): 2e-6 for 100 categories; the rule itself less than 1e-6, also where the
// scales of one variable range from 0.01 to 100.
const forProbs: Precision = { reach: 5.6, points: 96 };
// Phi(-10.7) is 1e-5 of e^-50. With this number of points the rule's own relative error is below 2e-5.
export const forLogs: Precision = { reach: 10.7, points: 192 };

/**
 * A precision with another number of points. Few points are spread over a shorter reach: of 64, at 8 scales, the
 * logarithms of frequent categories have a tenth of the error of 64 at 10.7.
 */
function withPoints(precision: Precision, points: number | undefined): Precision {
  return points === undefined ? precision : { points, reach: Math.min(precision.reach, points / 8) };
}

/**
 * The probability that each of D independent normals, or last the threshold, is the largest, `[..., D + 1]`:
 * `integral over t > threshold of phi_k(t) prod_{j != k} Phi_j(t)`, and `prod_j Phi_j(threshold)`.
 */
export function probsOfLargest(normals: NormalsAndThreshold, points?: number): tf.Tensor {
  if (normals.loc.shape.at(-1) === 1) return tf.exp(logProbsOfLargest(normals));
  return concatLast([integrals(normals, withPoints(forProbs, points), false), tf.exp(logProbOfThreshold(normals))]);
}

/** The logarithms of {@link probsOfLargest}, to 1e-4 where they are above -50; below, finite and very negative. */
export function logProbsOfLargest(normals: NormalsAndThreshold, points?: number): tf.Tensor {
  const { loc, scale, threshold } = normals;
  if (loc.shape.at(-1) === 1) {
    const standardized = tf.div(tf.sub(loc, threshold), scale);
    return concatLast([logNormalCdf(standardized), logNormalCdf(tf.neg(standardized))]);
  }
  return concatLast([integrals(normals, withPoints(forLogs, points), true), logProbOfThreshold(normals)]);
}

/**
 * The integrals of all normals, or their logarithms: in a loop where the numbers are in JavaScript's memory, which takes a tenth of the
 * time of kernels or less; in kernels elsewhere, and where gradients are taken.
 */
function integrals(normals: NormalsAndThreshold, precision: Precision, inLogs: boolean): tf.Tensor {
  const isFast = isOnHost(Object.values(normals)) && tf.engine().state.gradientDepth === 0;
  return (isFast ? largestOnHost : integralsByKernels)(normals, precision, inLogs);
}

/** The same as {@link largestOnHost}, in kernels. */
export function integralsByKernels(normals: NormalsAndThreshold, precision: Precision, inLogs: boolean): tf.Tensor {
  const { logCdf, logDensity, weights } = onRule(normals, precision);
  const logOfAll = tf.sum(logCdf, -2, true);
  if (inLogs) return tf.logSumExp(tf.add(tf.add(tf.log(weights), logOfAll), logDensity), -1);
  return tf.sum(tf.mul(tf.mul(weights, tf.exp(logOfAll)), tf.exp(logDensity)), -1);
}

/** The factors of the integrand at the points of a rule. */
export interface OnRule {
  /** log Phi_j, `[..., D, points]`. */
  readonly logCdf: tf.Tensor;
  /** log(phi_j / Phi_j / scale_j), `[..., D, points]`. */
  readonly logDensity: tf.Tensor;
  /** `[..., 1, points]`. */
  readonly weights: tf.Tensor;
}

/** The factors of the integrand. The points are constants: neither the integral nor its gradient depends on them. */
export function onRule({ loc, scale, threshold }: NormalsAndThreshold, precision: Precision): OnRule {
  const { center, offsets, weights } = cornerRule(loc, scale, threshold, precision);
  // The threshold is the lower limit. Its gradient is minus that of shifting all normals.
  const moved = tf.sub(tf.sub(loc, center), tf.sub(threshold, stopGradient(threshold)));
  const column = tf.expandDims(scale, -1);
  // The bounds keep the squares finite.
  const x = tf.clipByValue(tf.div(tf.sub(offsets, tf.expandDims(moved, -1)), column), -farthest, farthest);
  const logCdf = logNormalCdfAbove(x);
  return { logCdf, logDensity: tf.sub(logHazard(x, logCdf), tf.log(column)), weights };
}

function logProbOfThreshold({ loc, scale, threshold }: NormalsAndThreshold): tf.Tensor {
  return tf.sum(logNormalCdf(tf.div(tf.sub(threshold, loc), scale)), -1, true);
}
