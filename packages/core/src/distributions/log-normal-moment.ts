import * as tf from "@tensorflow/tfjs-core";
import type { Normal } from "./normal.js";

/** The mean, mode or variance of exp(x) for a normal x. */
export function logNormalMoment(statistic: "mean" | "mode" | "variance", { loc, scale }: Normal): tf.Tensor {
  const variance = tf.square(scale);
  switch (statistic) {
    case "mean":
      return tf.exp(tf.add(loc, tf.mul(0.5, variance)));
    case "mode":
      return tf.exp(tf.sub(loc, variance));
    case "variance":
      return tf.mul(tf.expm1(variance), tf.exp(tf.add(tf.mul(2, loc), variance)));
  }
}
