import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** A point of the closed simplex in logs, split so that formulas of the open simplex can be evaluated at it. */
export interface BoundarySplit {
  /** The logarithms, with 0 in place of -Infinity; gradients flow to the finite ones. */
  readonly finite: tf.Tensor;
  /** 1 where the logarithm is -Infinity, else 0; a constant. */
  readonly isZero: tf.Tensor;
  /** How many coordinates of each point are 0, `[...]`; a constant. */
  readonly zeros: tf.Tensor;
}

/** Splits `log z`, `[..., K]`. An infinite logarithm would otherwise turn into `Infinity - Infinity`. */
export function splitBoundary(logValue: tf.Tensor): BoundarySplit {
  const isZero = detached((x) => tf.cast(tf.equal(x, Number.NEGATIVE_INFINITY), "float32"), logValue);
  const finite = zeroWhere(isZero, logValue);
  return { finite, isZero, zeros: tf.sum(isZero, -1) };
}

/** `x`, with 0 where `mask` is 1 (elsewhere it is 0); the gradient flows to the rest alone. Both have one shape. */
export function zeroWhere(mask: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const [values, isZero, save] = inputs as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([isZero]);
    return {
      value: tf.where(tf.cast(isZero, "bool"), tf.zerosLike(values), values),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
        const upstream = dy as tf.Tensor;
        return [tf.mul(upstream, tf.sub(1, saved[0] as tf.Tensor)), tf.zerosLike(upstream)];
      },
    };
  })(x, mask);
}

/** What is added to a log-density whose limit at the points with `zeros > 0` is `sign * Infinity`, `sign` -1, 0 or 1. */
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
