import * as tf from "@tensorflow/tfjs-core";

/**
 * `f(...inputs)`, which counts as a constant: no gradient reaches the inputs, and kernels that have none (comparisons,
 * argmax) are allowed in `f`.
 */
export function detached(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...inputs: tf.Tensor[]): tf.Tensor {
  return tf.customGrad((...given) => {
    const tensors = given.slice(0, inputs.length) as tf.Tensor[];
    const save = given[inputs.length] as unknown as tf.GradSaveFunc;
    save(tensors);
    return {
      value: f(...tensors),
      gradFunc: (_dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => saved.map((input) => tf.zerosLike(input)),
    };
  })(...inputs);
}
