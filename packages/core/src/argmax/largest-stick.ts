import { broadcastTensor, concatLast, detached, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";
import { logNormalCdf } from "../special/log-normal-cdf.js";

/** Logits of stick-breaking shares, independent normals: `u_k = sigmoid(y_k)`, `w_k = u_k prod_{i<k} (1 - u_i)`. */
export interface NormalSticks {
  /** Means, `[..., n]`. */
  readonly loc: tf.Tensor;
  /** Standard deviations, > 0, `[..., n]`. */
  readonly scale: tf.Tensor;
  /** Standard normal points for the expectation, `[samples, n]`. */
  readonly points: tf.Tensor2D;
}

/**
 * log P that each of n + 1 sticks is the longest, `[..., n + 1]`; the last is the rest of the stick.
 *
 * The means over the points are of conditional probabilities. Given all other coordinates, stick k is the longest if and
 * only if u_k is above a threshold: shares before k are fixed, and those after it shrink as u_k grows. So the normal cdf
 * integrates over y_k, and the points only over the others: the mean is of a continuous function, which converges faster
 * than a frequency and can be differentiated with respect to all parameters.
 */
export function logProbsOfLongestStick(sticks: NormalSticks): tf.Tensor {
  const { loc, scale, points } = sticks;
  const broken = breakSticks(sticks);
  const whole = concatLast([broken.log, tf.sum(broken.logRest, -1, true)]);
  const above = laterRatio(whole, broken);
  const thresholds = tf.maximum(above, logitOfLog(tf.sub(largestBefore(broken.log), broken.logLeft)));
  const ofSticks = logMeanAbove(thresholds, loc, scale);
  // The rest is the longest if the last share is below 1/2 and the rest is at least as long as every earlier stick.
  const last = (tensor: tf.Tensor) => lastColumns(tensor, 1);
  const bound = logitOfLog(tf.sub(last(largestBefore(broken.log)), last(broken.logLeft)));
  const ofRest = logMeanBelow(tf.minimum(0, tf.neg(bound)), last(loc), last(scale), points.shape[0]);
  return concatLast([ofSticks, ofRest]);
}

/**
 * log P that each of n sticks is the longest and above `height`, and last that none is above it, `[..., n + 1]`: the
 * argmax of eq 24, where the remainder wins if all sticks are shorter than `height = temperature log delta`, `[..., 1]`.
 * Without a positive height the last is -Infinity.
 */
export function logProbsOfLongestStickAbove(sticks: NormalSticks, height: tf.Tensor): tf.Tensor {
  const { loc, scale } = sticks;
  const broken = breakSticks(sticks);
  const isPositive = detached((x) => tf.step(x), height);
  const logHeight = tf.add(tf.log(tf.maximum(height, 1e-37)), tf.mul(tf.sub(isPositive, 1), huge));
  // The shapes must be equal: the gradient of tf.maximum does not sum over broadcast axes (tfjs 4.22).
  const floor = tf.maximum(largestBefore(broken.log), broadcastTensor(logHeight, broken.log.shape));
  const above = laterRatio(broken.log, broken);
  const thresholds = tf.maximum(above, logitOfLog(tf.sub(floor, broken.logLeft)));
  const ofSticks = logMeanAbove(thresholds, loc, scale);
  // All sticks are shorter if the first is, and if the rest after it keeps the longest of the others shorter.
  const first = (tensor: tf.Tensor) => firstColumns(tensor, 1);
  const high = logitOfLog(logHeight);
  const low = tf.neg(logitOfLog(tf.sub(logHeight, first(above))));
  const standardized = (bound: tf.Tensor) => tf.div(tf.sub(bound, first(loc)), first(scale));
  const inside = tf.sub(tf.exp(logNormalCdf(standardized(high))), tf.exp(logNormalCdf(standardized(low))));
  const ofRemainder = tf.mul(isPositive, tf.mean(tf.relu(inside), 0));
  return concatLast([ofSticks, logOrMinusInfinity(ofRemainder)]);
}

/** log p, and -Infinity with a zero gradient where p is 0. */
export function logOrMinusInfinity(p: tf.Tensor): tf.Tensor {
  const isZero = detached((x) => tf.cast(tf.lessEqual(x, 0), "float32"), p);
  return tf.add(tf.log(tf.add(p, isZero)), infinityAt(isZero, tf.neg(isZero)));
}

const huge = 1e30;

interface BrokenSticks {
  /** log w_k, `[samples, ..., n]`. */
  readonly log: tf.Tensor;
  /** log(1 - u_k). */
  readonly logRest: tf.Tensor;
  /** log prod_{i<k} (1 - u_i). */
  readonly logLeft: tf.Tensor;
}

function breakSticks({ loc, scale, points }: NormalSticks): BrokenSticks {
  const [samples, size] = points.shape;
  const batch = loc.shape.slice(0, -1);
  const noise = tf.reshape(points, [samples, ...batch.map(() => 1), size]);
  const y = tf.add(loc, tf.mul(scale, noise));
  const logRest = tf.neg(tf.softplus(y));
  const logLeft = tf.cumsum(logRest, logRest.rank - 1, true);
  return { log: tf.sub(logLeft, tf.softplus(tf.neg(y))), logRest, logLeft };
}

/**
 * For each stick k, log of the longest later one as a share of what k leaves. Stick k is the longest only if u_k / (1 -
 * u_k) exceeds it.
 */
function laterRatio(logs: tf.Tensor, { logLeft, logRest }: BrokenSticks): tf.Tensor {
  const size = logRest.shape.at(-1) as number;
  return tf.sub(firstColumns(largestAfter(logs), size), tf.add(logLeft, logRest));
}

/** log(x / (1 - x)) from log x; Infinity (1e30) where x >= 1. */
function logitOfLog(logX: tf.Tensor): tf.Tensor {
  const below = tf.minimum(logX, -1e-7);
  const isWhole = detached((x) => tf.cast(tf.greaterEqual(x, 0), "float32"), logX);
  return tf.add(tf.sub(below, tf.log(tf.neg(tf.expm1(below)))), tf.mul(isWhole, huge));
}

/** log of the mean over the samples of P(y > threshold). */
function logMeanAbove(threshold: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  const logs = logNormalCdf(tf.div(tf.sub(loc, threshold), scale));
  return tf.sub(tf.logSumExp(logs, 0), Math.log(logs.shape[0] as number));
}

function logMeanBelow(threshold: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor, samples: number): tf.Tensor {
  const logs = logNormalCdf(tf.div(tf.sub(threshold, loc), scale));
  return tf.sub(tf.logSumExp(logs, 0), Math.log(samples));
}

/** The largest of the columns before each, `[..., n]`; -1e30 for the first. tfjs has no cumulative maximum. */
function largestBefore(x: tf.Tensor): tf.Tensor {
  let result = shiftColumns(x, 1);
  for (let distance = 1; distance < (x.shape.at(-1) as number); distance *= 2) {
    result = tf.maximum(result, shiftColumns(result, distance));
  }
  return result;
}

function largestAfter(x: tf.Tensor): tf.Tensor {
  const axis = x.rank - 1;
  return tf.reverse(largestBefore(tf.reverse(x, axis)), axis);
}

/** Shifts the columns by `distance` to the right and fills the left with -1e30. */
function shiftColumns(x: tf.Tensor, distance: number): tf.Tensor {
  const size = x.shape.at(-1) as number;
  const moved = Math.min(distance, size);
  const padding = x.shape.map((_, axis): [number, number] => [axis === x.rank - 1 ? moved : 0, 0]);
  return tf.pad(firstColumns(x, size - moved), padding, -huge);
}

function firstColumns(x: tf.Tensor, count: number): tf.Tensor {
  return sliceLast(x, 0, count);
}

function lastColumns(x: tf.Tensor, count: number): tf.Tensor {
  return sliceLast(x, (x.shape.at(-1) as number) - count, count);
}
