import type { SoftmaxPlusPlus } from "@igr/bijectors";
import { broadcastTensor, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { keepOnly } from "./cut-sticks.js";
import type { StandardizedGaussian } from "./gaussian-noise.js";

/** log N of the kept coordinates, `[..., n] -> [...]`. */
export function keptLogNormal({ noise, scale }: StandardizedGaussian, kept: tf.Tensor): tf.Tensor {
  const perCoordinate = tf.add(tf.mul(0.5, tf.square(noise)), tf.log(scale));
  const shifted = tf.add(perCoordinate, 0.5 * Math.log(2 * Math.PI));
  return tf.neg(tf.sum(keepOnly(kept, broadcastTensor(shifted, kept.shape), 0), -1));
}

/**
 * log |det| of the map from the K kept coordinates to the first K of z, `[...]`: of softmax++,
 * `z_1 ... z_K z_rest / temperature^K`, and and of the sticks, whose triangular Jacobian has the diagonal
 * `exp(logSlopes)`.
 *
 * @param logZ `[..., n + 1]`, the remainder last; values at dropped coordinates do not matter.
 */
export function keptLogDet(
  logZ: tf.Tensor,
  logSlopes: tf.Tensor,
  kept: tf.Tensor,
  { temperature }: SoftmaxPlusPlus,
): tf.Tensor {
  const size = kept.shape.at(-1) as number;
  const [ofKept, ofRest] = [sliceLast(logZ, 0, size), sliceLast(logZ, size, 1)];
  const perCoordinate = tf.sub(tf.add(ofKept, logSlopes), tf.log(temperature.column));
  return tf.add(tf.sum(keepOnly(kept, perCoordinate, 0), -1), tf.squeeze(ofRest, [-1]));
}
