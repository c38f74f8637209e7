import * as tf from "@tensorflow/tfjs-core";

/**
 * `value`, whose gradient goes to `x` alone, as `route(upstream, ...saved)`. Shapes: `x`, `value` and what `route` returns are of
 * one shape; `saved` are of any, and are kept for the backward pass.
 */
export function routeGradient(
  x: tf.Tensor,
  value: tf.Tensor,
  saved: readonly tf.Tensor[],
  route: (upstream: tf.Tensor, ...saved: tf.Tensor[]) => tf.Tensor,
): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as unknown as tf.GradSaveFunc;
    const kept = inputs.slice(2, -1) as tf.Tensor[];
    save(kept);
    const shapes = kept.map(({ shape }) => shape);
    return {
      value: tf.clone(inputs[1] as tf.Tensor),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], back: tf.Tensor[]) => [
        route(dy as tf.Tensor, ...back),
        tf.zerosLike(dy as tf.Tensor),
        ...shapes.map((shape) => tf.zeros(shape)),
      ],
    };
  })(x, value, ...saved);
}
