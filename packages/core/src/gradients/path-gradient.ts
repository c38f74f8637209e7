import { customGradient, detached, requireGradients } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { withEventAxes } from "./added-gradient.js";

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
    return customGradient(
      [x],
      () => ({ value: tf.clone(value), saved: [grad] }),
      (dy, slope) => [tf.mul(withEventAxes(dy, x.rank), slope)],
    );
  });
}

/** `x` itself, with no gradient through it. tfjs has no stop_gradient. */
export function stopGradient(x: tf.Tensor): tf.Tensor {
  return detached((each) => tf.clone(each), x);
}
