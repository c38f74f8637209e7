import * as tf from "@tensorflow/tfjs-core";

/**
 * `f(...inputs)`, which counts as a constant: no gradient reaches the inputs, and kernels that have none (comparisons,
 * argmax) are allowed in `f`.
 */
export function detached(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...inputs: tf.Tensor[]): tf.Tensor {
  const shapes = inputs.map(({ shape }) => shape);
  return tf.customGrad((...given) => ({
    value: f(...(given.slice(0, inputs.length) as tf.Tensor[])),
    gradFunc: () => shapes.map((shape) => tf.zeros(shape)),
  }))(...inputs);
}
