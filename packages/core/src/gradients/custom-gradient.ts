import * as tf from "@tensorflow/tfjs-core";
import { broadcastTensor } from "../base/broadcast.js";
import { broadcastShapes } from "../base/shape.js";

/**
 * `f(...inputs)` with a gradient that is written out: `gradient` gets what arrives from above and the inputs, and gives
 * one tensor for each input. The inputs are broadcast to one shape first, which is the shape of `f`'s result.
 */
export function withGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  gradient: (upstream: tf.Tensor, ...inputs: tf.Tensor[]) => tf.Tensor[],
  ...inputs: tf.Tensor[]
): tf.Tensor {
  return tf.customGrad((...given) => {
    const save = given.at(-1) as unknown as tf.GradSaveFunc;
    const values = given.slice(0, -1) as tf.Tensor[];
    save(values);
    return {
      value: f(...values),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => gradient(dy as tf.Tensor, ...saved),
    };
  })(...toOneShape(...inputs));
}

/** The tensors, broadcast against each other. */
export function toOneShape(...inputs: tf.Tensor[]): tf.Tensor[] {
  const shape = broadcastShapes("toOneShape", Object.fromEntries(inputs.map((x, index) => [index, x.shape])));
  return inputs.map((x) => broadcastTensor(x, shape));
}
