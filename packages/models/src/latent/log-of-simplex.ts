import * as tf from "@tensorflow/tfjs-core";

/** The smallest normal float32 number. */
const LEAST = 1.1754944e-38;

/**
 * log z for a point of the simplex whose logarithm is not available, such as a vertex. A coordinate that is 0 in
 * float32 counts as the smallest normal number, so its logarithm is -87.3 instead of -Infinity.
 */
export function logOfSimplex(z: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.log(tf.maximum(z, LEAST)));
}
