import { detached } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Euclidean distance from a point of the simplex to its nearest vertex, in all K coordinates.
 *
 * Shapes: `[..., K] -> [...]`. With k the largest coordinate and s the sum of the others, it is
 * `sqrt(sum_{j != k} z_j^2 + s^2)`; the form with `1 - z_k` would lose all digits near the vertex. Distances down to
 * the smallest normal float32 number are exact. At a vertex the gradient is 0, elsewhere the derivative
 * `(z_j + s) / distance` for j != k and 0 for k.
 *
 * @example
 * ```ts
 * distanceToVertex(tf.tensor1d([0.8, 0.2, 0])); // 0.283
 * ```
 */
export function distanceToVertex(z: tf.Tensor | tf.TensorLike): tf.Tensor {
  return tf.tidy(() => {
    const point = z instanceof tf.Tensor ? z : tf.tensor(z, undefined, "float32");
    const categories = point.shape.at(-1) ?? 0;
    if (categories < 2) {
      throw new RangeError(
        `distanceToVertex: z must have at least 2 categories on its last axis, got shape [${point.shape.join(",")}]`,
      );
    }
    const isOther = detached((x) => tf.sub(1, tf.cast(tf.oneHot(tf.argMax(x, -1), categories), "float32")), point);
    const others = tf.mul(point, isOther);
    const sum = tf.sum(others, -1, true);
    // Squared ratios to the sum do not underflow. At a vertex the sum is 0; there the ratios are 0 and no gradient
    // passes.
    const atVertex = detached((x) => tf.cast(tf.equal(x, 0), "float32"), sum);
    const ratios = tf.div(others, tf.add(sum, atVertex));
    const norm = tf.sqrt(tf.add(1, tf.sum(tf.square(ratios), -1, true)));
    return tf.squeeze(tf.mul(tf.mul(sum, tf.sub(1, atVertex)), norm), [-1]);
  });
}
