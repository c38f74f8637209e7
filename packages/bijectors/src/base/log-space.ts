import { customGradient, isZero } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Stands in for log 0. Its square overflows to Infinity, so a Gaussian log-density at a vertex of the simplex becomes
 * its limit, -Infinity; sums and differences with the number itself are not NaN.
 */
export const LOG_ZERO = -1e30;

/** log y for `y >= 0`, with {@link LOG_ZERO} and a zero gradient where y is exactly 0. Below 0 it is NaN. */
export function logOfNonNegative(y: tf.Tensor): tf.Tensor {
  const zero = isZero(y);
  return tf.add(tf.log(tf.add(y, zero)), tf.mul(zero, LOG_ZERO));
}

/** Clips logarithms below at {@link LOG_ZERO}, so that -Infinity acts as a limit and does not become NaN. */
export function floorLog(logY: tf.Tensor): tf.Tensor {
  return tf.maximum(logY, LOG_ZERO);
}

/** log(exp(a) + exp(b)) for equal shapes. Its gradient is right at ties too, where that of `tf.abs` is not. */
export function logAddExp(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return customGradient(
    [a, b],
    (a, b) => ({
      value: tf.add(tf.maximum(a, b), tf.softplus(tf.neg(tf.abs(tf.sub(a, b))))),
      saved: [a, b],
    }),
    (dy, ...saved) => {
      const difference = tf.sub(...(saved as [tf.Tensor, tf.Tensor]));
      return [tf.mul(dy, tf.sigmoid(difference)), tf.mul(dy, tf.sigmoid(tf.neg(difference)))];
    },
  );
}

/** log(softplus(x)): x itself where softplus(x) = exp(x) rounds to 0. */
export function logSoftplus(x: tf.Tensor): tf.Tensor {
  // Below -15 softplus(x) is exp(x) to float32's precision. Written with one relu, whose two uses cancel at the kink.
  const above = tf.relu(tf.add(x, 15));
  return tf.add(tf.log(tf.softplus(tf.sub(above, 15))), tf.sub(tf.add(x, 15), above));
}
