import { customGradient, toOneShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

// Below this the reciprocal of a float32 overflows.
const smallestNormal = 2 ** -126;

/** `log(probability)`, -Infinity at 0; its gradient there is finite, so that a weight of 0 gives a gradient of 0. */
export function logOfProbability(probability: tf.Tensor): tf.Tensor {
  return customGradient(
    [probability],
    (p) => ({ value: tf.log(p), saved: [p] }),
    (dy, p) => [tf.div(dy, tf.maximum(p, smallestNormal))],
  );
}

/** `log(1 - probability)`, accurate for small probabilities; at 1 it behaves as {@link logOfProbability} at 0. */
export function logOfComplement(probability: tf.Tensor): tf.Tensor {
  return customGradient(
    [probability],
    (p) => ({ value: tf.log1p(tf.neg(p)), saved: [p] }),
    (dy, p) => [tf.neg(tf.div(dy, tf.maximum(tf.sub(1, p), smallestNormal)))],
  );
}

/**
 * `weight * logProbability` with 0 * -Infinity = 0, as needed in an entropy and in the log-probability of an event
 * without the impossible outcome. The shapes broadcast.
 */
export function timesLog(weight: tf.Tensor, logProbability: tf.Tensor): tf.Tensor {
  return customGradient(
    toOneShape(weight, logProbability),
    (w, log) => ({ value: tf.where(tf.equal(w, 0), tf.zerosLike(w), tf.mul(w, log)), saved: [w, log] }),
    (dy, w, log) => [tf.mul(dy, tf.maximum(log, -(2 ** 126))), tf.mul(dy, w)],
  );
}
