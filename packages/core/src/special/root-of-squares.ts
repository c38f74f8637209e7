import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** `sqrt(sum weight x^2)` over an axis, also where the squares overflow or underflow. The shapes of x and weight broadcast. */
export function rootOfSquares(x: tf.Tensor, axis: number, weight: tf.Tensor = tf.scalar(1)): tf.Tensor {
  const largest = detached((each) => tf.maximum(tf.max(tf.abs(each as tf.Tensor), axis, true), 1e-37), x);
  const squares = tf.mul(weight, tf.square(tf.div(x, largest)));
  return tf.mul(tf.squeeze(largest, [axis < 0 ? largest.rank + axis : axis]), tf.sqrt(tf.sum(squares, axis)));
}
