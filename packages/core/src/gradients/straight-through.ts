import { customGradient, formatShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The vertex nearest to `z`, as a one-hot vector, with the gradient of `z` itself (the straight-through estimator,
 * Bengio, Léonard and Courville 2013). Ties go to the first category.
 *
 * Shapes: `[..., K] -> [..., K]`, float32. The gradient is the identity: the gradient of the one-hot vector is passed
 * to `z`.
 *
 * @throws RangeError if the last axis has fewer than 2 categories.
 *
 * @example
 * ```ts
 * straightThrough(tf.tensor1d([0.1, 0.7, 0.2])); // [0, 1, 0]
 * ```
 */
export function straightThrough(z: tf.Tensor | tf.TensorLike): tf.Tensor {
  return tf.tidy(() => {
    const relaxed = z instanceof tf.Tensor ? z : tf.tensor(z, undefined, "float32");
    const categories = relaxed.shape.at(-1) ?? 0;
    if (categories < 2) {
      throw new RangeError(
        `straightThrough: z must have at least 2 categories on its last axis, got shape ${formatShape(relaxed.shape)}`,
      );
    }
    return withIdentityGradient(relaxed, (x) => tf.cast(tf.oneHot(tf.argMax(x, -1), categories), "float32"));
  });
}

/** `f(x)` of the shape of `x`, with the gradient of `x`. */
export function withIdentityGradient(x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  return customGradient(
    [x],
    (each) => ({ value: f(each), saved: [] }),
    (dy) => [tf.clone(dy)],
  );
}
