import { detached, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { infinityAt } from "../base/boundary.js";

/** A float32 with finite logarithm and reciprocal that replaces 0 where only the limit matters. */
const nearZero = 1e-30;

/** `x` clipped to the positive numbers; a NaN stays NaN. */
export function aboveZero(x: tf.Tensor): tf.Tensor {
  return tf.maximum(x, nearZero);
}

/**
 * The correction of a log-density of power `power` at x = 0, evaluated at {@link aboveZero}: -Infinity below 0, the
 * limit at 0, and 0 above.
 */
export function limitAtZero(x: tf.Tensor, power: tf.Tensor): tf.Tensor {
  const [value, exponent] = toOneShape(x, power) as [tf.Tensor, tf.Tensor];
  return detached(
    (v, p) => {
      const isOutside = tf.cast(tf.less(v as tf.Tensor, 0), "float32");
      const isEdge = tf.cast(tf.equal(v as tf.Tensor, 0), "float32");
      const atEdge = tf.mul(isEdge, tf.sub(tf.step(tf.neg(p as tf.Tensor)), tf.step(p as tf.Tensor)));
      return tf.add(infinityAt(isOutside, tf.neg(isOutside)), infinityAt(isEdge, atEdge));
    },
    value,
    exponent,
  );
}

/** `log(cdf)` of a distribution on [0, Infinity) or [0, end]: `log` inside, -Infinity at and below 0, 0 from the end on. */
export function limitTails(x: tf.Tensor, lower: tf.Tensor, upper: tf.Tensor, end = Number.POSITIVE_INFINITY) {
  const [value, logLower, logUpper] = toOneShape(x, lower, upper) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const isBelow = detached((v) => tf.cast(tf.lessEqual(v as tf.Tensor, 0), "float32"), value);
  const isAbove = detached((v) => tf.cast(tf.greaterEqual(v as tf.Tensor, end), "float32"), value);
  const outside = tf.add(isBelow, isAbove);
  const inside = (log: tf.Tensor) => tf.where(tf.cast(outside, "bool"), tf.zerosLike(log), log);
  return {
    logLower: tf.add(inside(logLower), infinityAt(isBelow, tf.neg(isBelow))),
    logUpper: tf.add(inside(logUpper), infinityAt(isAbove, tf.neg(isAbove))),
  };
}

/** @throws RangeError if a value lies outside [low, high]. */
export function checkRange(owner: string, x: tf.Tensor | readonly number[], low: number, high: number): void {
  for (const value of x instanceof tf.Tensor ? x.dataSync() : x) {
    if (!(value >= low && value <= high)) {
      throw new RangeError(`${owner}: a value must lie in [${low}, ${high}], got ${value}`);
    }
  }
}
