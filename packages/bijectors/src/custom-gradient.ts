import * as tf from "@tensorflow/tfjs-core";

/**
 * `f(...inputs)` with the gradient that `gradient` gives: one tensor per input, each with that input's shape.
 * What runs inside is one step to the differentiator, so that `f` may compare, search and round.
 * (`tf.customGrad` itself does not type-check under strictFunctionTypes.)
 */
export function customGradient(
  inputs: readonly tf.Tensor[],
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  gradient: (dy: tf.Tensor, value: tf.Tensor, inputs: readonly tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const count = inputs.length;
  return tf.customGrad((...given) => {
    const tensors = given.slice(0, count) as tf.Tensor[];
    const save = given[count] as tf.GradSaveFunc;
    const value = f(...tensors);
    save([...tensors, value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) =>
        gradient(dy as tf.Tensor, saved[count] as tf.Tensor, saved.slice(0, count)),
    };
  })(...inputs);
}

/** `f(x)` with no gradient: what is rounded, compared or looked up counts as a constant. */
export function withoutGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...given) => {
    const input = given[0] as tf.Tensor;
    const { shape } = input;
    return { value: f(input), gradFunc: () => tf.zeros(shape) };
  })(x);
}
