import { requireGradients } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `f(x)`, differentiated through `x` alone: all other dependencies of `f` (captured tensors and variables) count as
 * constants. "Sticking the landing" needs it: log q(z; stop(parameters)) with the path through z (Roeder, Wu and
 * Duvenaud 2017).
 *
 * Shapes: `x [...batch, ...event] -> f(x) [...batch]`, where each result depends only on its own event; the event axes
 * are the last axes of `x` that `f(x)` lacks. The gradient with respect to `x` is computed immediately, since the
 * tensors that `f` captures may be disposed of before the backward pass.
 *
 * @throws Error if tfjs has no gradients, with the import that is missing.
 */
export function alongPath(x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  requireGradients("alongPath");
  return tf.tidy(() => {
    const shape = tf.tidy(() => f(x).shape);
    const { value, grad } = tf.valueAndGrad(f)(x, tf.ones(shape));
    const eventRank = x.rank - value.rank;
    const custom = tf.customGrad((...inputs) => {
      const save = inputs[1] as unknown as tf.GradSaveFunc;
      save([grad]);
      return {
        value: tf.clone(value),
        gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
          const upstream = dy as tf.Tensor;
          const slope = saved[0] as tf.Tensor;
          return tf.mul(tf.reshape(upstream, [...upstream.shape, ...new Array<number>(eventRank).fill(1)]), slope);
        },
      };
    });
    return custom(x);
  });
}

/** `x` itself, with no gradient through it. tfjs has no stop_gradient. */
export function stopGradient(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...inputs) => ({
    value: tf.clone(inputs[0] as tf.Tensor),
    gradFunc: (dy: tf.Tensor | tf.Tensor[]) => tf.zerosLike(dy as tf.Tensor),
  }))(x);
}
