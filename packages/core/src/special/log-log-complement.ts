import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `log(-log(1 - p))` for `p = exp(-exp(t))`, elementwise; its own inverse. It represents a probability p and its
 * complement by the logarithm of minus their logarithms, in which neither rounds to 0 or 1.
 */
export function logLogComplement(t: tf.Tensor): tf.Tensor {
  return withGradient(
    value,
    (upstream, t) => {
      const result = value(t);
      // -exp(t - e^t + e^N - N), whose exponent is t for large t and -N for small; e^t and e^N are never both large.
      const exponent = tf.sub(tf.add(tf.sub(t, tf.exp(bounded(t))), tf.exp(bounded(result))), result);
      return [tf.neg(tf.mul(upstream, tf.exp(exponent)))];
    },
    t,
  );
}

function value(t: tf.Tensor): tf.Tensor {
  const power = tf.exp(bounded(t));
  const p = tf.exp(tf.neg(power));
  // log(1 - p), from whichever of e^t and p is small; e^t itself where 1 - p is e^t - e^2t / 2.
  const complement = tf.where(tf.less(power, Math.LN2), tf.log(tf.neg(tf.expm1(tf.neg(power)))), tf.log1p(tf.neg(p)));
  const logComplement = tf.where(tf.less(t, -10), tf.sub(t, tf.mul(0.5, power)), complement);
  // Where p is small -log(1 - p) is p + p^2 / 2, and its logarithm -e^t + p / 2.
  const isHigh = tf.greater(t, 2.5);
  const inner = tf.log(tf.neg(tf.where(isHigh, tf.fill(t.shape, -1), logComplement)));
  return tf.where(isHigh, tf.add(tf.neg(power), tf.mul(0.5, p)), inner);
}

/** Bounds t, since e^85 is within the float32 range. */
function bounded(t: tf.Tensor): tf.Tensor {
  return tf.minimum(t, 85);
}
