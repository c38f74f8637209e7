import * as tf from "@tensorflow/tfjs-core";
import { logExpm1 } from "../special/log-expm1.js";
import type { Normal } from "./normal.js";

/** A moment that follows a map of the variable. */
export type Moment = "mean" | "mode" | "variance" | "stddev";

/** The mean, mode, variance or standard deviation of exp(x) for a normal x. */
export function logNormalMoment(statistic: Moment, { loc, scale }: Normal): tf.Tensor {
  const variance = tf.square(scale);
  switch (statistic) {
    case "mean":
      return tf.exp(tf.add(loc, tf.mul(0.5, variance)));
    case "mode":
      return tf.exp(tf.sub(loc, variance));
    case "variance":
      // In logs, since a factor may leave the float32 range where the product does not.
      return tf.exp(tf.add(tf.add(tf.mul(2, loc), variance), logExpm1(variance)));
    case "stddev":
      return tf.exp(tf.add(tf.add(loc, tf.mul(0.5, variance)), tf.mul(0.5, logExpm1(variance))));
  }
}
