import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./with-gradient.js";

/**
 * `a / b`, elementwise, with slopes that hold wherever the quotient does. tf.div squares `b` in its slope: in float32 that slope
 * is silently 0 from `b = 2e19` on, and loses its digits below `b = 1e-19`. The shapes broadcast.
 *
 * @example
 * ```ts
 * const b = tf.scalar(1e20);
 * tf.grad((x) => quotient(tf.scalar(3e20), x))(b); // -3e-20; tf.div gives 0
 * ```
 */
export function quotient(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    (a, b) => tf.div(a, b),
    (upstream, a, b) => {
      const ofA = tf.div(upstream, b);
      return [ofA, tf.neg(tf.mul(ofA, tf.div(a, b)))];
    },
    a,
    b,
  );
}
