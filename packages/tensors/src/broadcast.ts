import * as tf from "@tensorflow/tfjs-core";
import { broadcastShapes, equalShapes } from "./shape.js";

/**
 * `x`, broadcast to a shape, also to a shape without elements, for which tf.broadcastTo throws or returns one element
 * (tfjs 4.22).
 */
export function broadcastTensor(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (equalShapes(x.shape, shape)) return x;
  return shape.includes(0) ? tf.add(x, tf.zeros(shape.slice())) : tf.broadcastTo(x, shape.slice());
}

/** The tensors, broadcast against each other. @throws RangeError if their shapes do not broadcast. */
export function toOneShape(...inputs: tf.Tensor[]): tf.Tensor[] {
  const shape = broadcastShapes("toOneShape", Object.fromEntries(inputs.map((x, index) => [index, x.shape])));
  return inputs.map((x) => broadcastTensor(x, shape));
}
