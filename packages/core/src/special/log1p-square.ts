import { withGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** `log(1 + s^2)`, elementwise, also where s^2 overflows; its gradient is `2 s / (1 + s^2)`. */
export function log1pSquare(s: tf.Tensor): tf.Tensor {
  return withGradient(
    (at) => {
      const size = tf.abs(at);
      return tf.add(tf.log1p(tf.square(smallerRatio(size))), tf.mul(2, tf.relu(tf.log(size))));
    },
    (upstream, at) => [tf.mul(upstream, tf.mul(2, overOnePlusSquare(at)))],
    s,
  );
}

/** `s / (1 + s^2)`, elementwise, also where s^2 overflows. */
export function overOnePlusSquare(s: tf.Tensor): tf.Tensor {
  const ratio = smallerRatio(tf.abs(s));
  const size = tf.div(ratio, tf.add(1, tf.square(ratio)));
  return tf.where(tf.less(s, 0), tf.neg(size), size);
}

/** The smaller of `size` and `1 / size`, for size >= 0. */
export function smallerRatio(size: tf.Tensor): tf.Tensor {
  return tf.minimum(size, tf.reciprocal(size));
}
