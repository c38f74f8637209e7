import * as tf from "@tensorflow/tfjs-core";
import { toOneShape } from "./broadcast.js";

/**
 * A function of tensors with a gradient of its own: `f` gives the value and what the backward pass needs, `gradient`
 * one tensor for each input, of that input's shape. What runs inside is one step to the differentiator, so that `f` may
 * compare, search and round. (`tf.customGrad` itself does not type-check under strictFunctionTypes.)
 * Only inputs and the value itself may be saved: tfjs takes other tensors that outlive `f` for a leak.
 *
 * @example
 * ```ts
 * // |x|, whose slope at 0 is 1.
 * const magnitude = (x: tf.Tensor) =>
 *   customGradient(
 *     [x],
 *     (each) => ({ value: tf.abs(each), saved: [each] }),
 *     (dy, each) => [tf.where(tf.less(each, 0), tf.neg(dy), dy)],
 *   );
 * tf.grad(magnitude)(tf.tensor1d([-2, 0])); // [-1, 1]
 * ```
 */
export function customGradient(
  inputs: readonly tf.Tensor[],
  f: (...inputs: tf.Tensor[]) => { value: tf.Tensor; saved: tf.Tensor[] },
  gradient: (dy: tf.Tensor, ...saved: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  return tf.customGrad((...given) => {
    const save = given[inputs.length] as tf.GradSaveFunc;
    const { value, saved } = f(...(given.slice(0, inputs.length) as tf.Tensor[]));
    save(saved);
    return {
      value,
      gradFunc: (dy: tf.Tensor | tf.Tensor[], kept: tf.Tensor[]) => gradient(dy as tf.Tensor, ...kept),
    };
  })(...inputs);
}

/**
 * `f(...inputs)` with a gradient that is written out: `gradient` gets what arrives from above and the inputs, and gives
 * one tensor for each input. The inputs are broadcast to one shape first, which is the shape of `f`'s result.
 */
export function withGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  gradient: (upstream: tf.Tensor, ...inputs: tf.Tensor[]) => tf.Tensor[],
  ...inputs: tf.Tensor[]
): tf.Tensor {
  return customGradient(toOneShape(...inputs), (...values) => ({ value: f(...values), saved: values }), gradient);
}
