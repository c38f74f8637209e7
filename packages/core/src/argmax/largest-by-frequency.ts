import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { stopGradient } from "../gradients/path-gradient.js";

/** Independent normals and a map of them. */
export interface MappedNormals {
  /** Means, `[..., D]`. */
  readonly loc: tf.Tensor;
  /** Standard deviations, > 0, `[..., D]`. */
  readonly scale: tf.Tensor;
  /** Standard normal points, `[samples, D]`. */
  readonly points: tf.Tensor2D;
  /** `[samples, ..., D] -> [samples, ..., K]`. */
  readonly map: (y: tf.Tensor) => tf.Tensor;
}

/**
 * The frequencies with which each coordinate of `map(y)` is the largest, `[..., K]`. The gradient with respect to loc
 * and scale is the likelihood ratio estimate, E[(1{argmax = k} - P_k) d log N(y)]; the parameters of the map have no
 * gradient, since the argmax does not change with them.
 */
export function frequenciesOfLargest({ loc, scale, points, map }: MappedNormals): tf.Tensor {
  const [samples, size] = points.shape;
  const noise = tf.reshape(points, [samples, ...loc.shape.slice(0, -1).map(() => 1), size]);
  const wins = detached(
    (loc, scale, noise) => {
      const z = map(tf.add(loc, tf.mul(scale, noise)));
      return tf.cast(tf.oneHot(tf.argMax(z, -1), z.shape.at(-1) as number), "float32");
    },
    loc,
    scale,
    noise,
  );
  const frequencies = tf.mean(wins, 0);
  // log N(y; loc, scale) at a fixed y, up to its value: only its slope counts.
  const [fixedLoc, fixedScale] = [stopGradient(loc), stopGradient(scale)];
  const standardized = tf.div(tf.add(tf.sub(fixedLoc, loc), tf.mul(fixedScale, noise)), scale);
  const logDensity = tf.neg(tf.sum(tf.add(tf.mul(0.5, tf.square(standardized)), tf.log(scale)), -1, true));
  const slope = tf.sub(logDensity, stopGradient(logDensity));
  return tf.add(frequencies, tf.mean(tf.mul(tf.sub(wins, frequencies), slope), 0));
}
