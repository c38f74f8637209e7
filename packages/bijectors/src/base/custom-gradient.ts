import * as tf from "@tensorflow/tfjs-core";

/**
 * A function of tensors with a gradient of its own: `f` gives the value and what the backward pass needs, `gradient`
 * one tensor for each input, of that input's shape. What runs inside is one step to the differentiator, so that `f` may
 * compare, search and round. (`tf.customGrad` itself does not type-check under strictFunctionTypes.)
 * Only inputs and the value itself may be saved: tfjs takes other tensors that outlive `f` for a leak.
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

/** `f(x)` with no gradient: what is rounded, compared or looked up counts as a constant. */
export function withoutGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  const { shape } = x;
  return customGradient(
    [x],
    (each) => ({ value: f(each), saved: [] }),
    () => [tf.zeros(shape)],
  );
}
