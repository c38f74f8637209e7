import { customGradient, detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The logarithm of a point of the closed simplex, split so that formulas for the open simplex can be evaluated at it.
 */
export interface BoundarySplit {
  /** The logarithms, with 0 in place of -Infinity; gradients flow to the finite ones. */
  readonly finite: tf.Tensor;
  /** 1 where the logarithm is -Infinity, else 0; a constant. */
  readonly isZero: tf.Tensor;
  /** Number of coordinates that are 0 in each point, `[...]`; a constant. */
  readonly zeros: tf.Tensor;
}

/** Splits `log z`, `[..., K]`. An infinite logarithm would otherwise turn into `Infinity - Infinity`. */
export function splitBoundary(logValue: tf.Tensor): BoundarySplit {
  const isZero = detached((x) => tf.cast(tf.equal(x, Number.NEGATIVE_INFINITY), "float32"), logValue);
  const finite = zeroWhere(isZero, logValue);
  return { finite, isZero, zeros: tf.sum(isZero, -1) };
}

/**
 * `x` with 0 in place of elements whose `mask` is 1 (and not 0); the gradient flows only to the other elements. Both
 * have one shape.
 */
export function zeroWhere(mask: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return customGradient(
    [x, mask],
    (values, isZero) => ({ value: tf.where(tf.cast(isZero, "bool"), tf.zerosLike(values), values), saved: [isZero] }),
    (dy, isZero) => [tf.mul(dy, tf.sub(1, isZero)), tf.zerosLike(dy)],
  );
}

/** The term that gives a log-density the limit `sign * Infinity` at points with `zeros > 0`; `sign` is -1, 0 or 1. */
export function infinityAt(zeros: tf.Tensor, sign: tf.Tensor): tf.Tensor {
  return detached(
    (count, direction) => {
      const limit = tf.where(
        tf.greater(direction, 0),
        tf.fill(direction.shape, Number.POSITIVE_INFINITY),
        tf.where(tf.less(direction, 0), tf.fill(direction.shape, Number.NEGATIVE_INFINITY), tf.zerosLike(direction)),
      );
      return tf.where(tf.greater(count, 0), limit, tf.zerosLike(limit));
    },
    zeros,
    sign,
  );
}
