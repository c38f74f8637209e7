import { customGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `value`, with an additional gradient: `slope` with respect to `x`.
 * Shapes: `value [...]`, `slope [..., ...event]`, and `x` of slope's shape or without some of its first axes.
 */
export function addGradient(value: tf.Tensor, x: tf.Tensor, slope: tf.Tensor): tf.Tensor {
  const repeated = Array.from({ length: slope.rank - x.rank }, (_, axis) => axis);
  return customGradient(
    [value, x, slope],
    (value, _, slope) => ({ value: tf.clone(value), saved: [slope] }),
    (dy, saved) => {
      const ofX = tf.mul(withEventAxes(dy, slope.rank), saved);
      return [tf.clone(dy), repeated.length > 0 ? tf.sum(ofX, repeated) : ofX, tf.zeros(slope.shape)];
    },
  );
}

/** `[...] -> [..., 1, 1]`, up to `rank` axes. */
export function withEventAxes(x: tf.Tensor, rank: number): tf.Tensor {
  return tf.reshape(x, [...x.shape, ...new Array<number>(rank - x.rank).fill(1)]);
}
