import * as tf from "@tensorflow/tfjs-core";

/**
 * Evaluates a function of tensors with a custom gradient. `f` returns the value and the tensors that the backward pass
 * needs; `gradient` returns one tensor for each input, of that input's shape. The differentiator sees one step, so `f`
 * may compare, search and round. (`tf.customGrad` itself does not type-check under strictFunctionTypes.) Save only
 * inputs and the value itself: tfjs reports other tensors that outlive `f` as leaks.
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
