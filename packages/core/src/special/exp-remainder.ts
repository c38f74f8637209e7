import * as tf from "@tensorflow/tfjs-core";
import { atanhSeries } from "./saddle-point.js";

/** `exp(t) - 1 - t`, which is accurate near 0; finite for t <= 88. */
export function expRemainder(t: tf.Tensor): tf.Tensor {
  const isNear = tf.sub(1, tf.step(tf.sub(tf.abs(t), 0.5)));
  const small = tf.mul(isNear, t);
  let series: tf.Tensor = tf.onesLike(t);
  for (let n = 9; n >= 3; n--) series = tf.add(1, tf.mul(tf.div(small, n), series));
  const near = tf.mul(tf.div(tf.square(small), 2), series);
  return tf.add(near, tf.mul(tf.sub(1, isNear), tf.sub(tf.expm1(t), t)));
}

/** `log(1 + u) - u`, which is accurate near 0; for u in (-0.5, 1). */
export function log1pRemainder(u: tf.Tensor): tf.Tensor {
  // log(1 + u) = 2 atanh(v) with v = u / (2 + u), and 2 v - u = -u v.
  const v = tf.div(u, tf.add(2, u));
  return tf.sub(tf.mul(tf.mul(2, tf.mul(v, tf.square(v))), atanhSeries(v)), tf.mul(u, v));
}
