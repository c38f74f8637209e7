import { customGradient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `value`, whose gradient goes to `x` alone, as `route(upstream, ...saved)`. Shapes: `x`, `value` and the result of
 * `route` have one shape; `saved` are constants of any shape that are kept for the backward pass.
 */
export function routeGradient(
  x: tf.Tensor,
  value: tf.Tensor,
  saved: readonly tf.Tensor[],
  route: (upstream: tf.Tensor, ...saved: tf.Tensor[]) => tf.Tensor,
): tf.Tensor {
  const shapes = [value, ...saved].map(({ shape }) => shape);
  return customGradient(
    [x, value, ...saved],
    (_, given, ...kept) => ({ value: tf.clone(given as tf.Tensor), saved: kept }),
    (upstream, ...kept) => [route(upstream, ...kept), ...shapes.map((shape) => tf.zeros(shape))],
  );
}
