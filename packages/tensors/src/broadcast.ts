import * as tf from "@tensorflow/tfjs-core";
import { broadcastOnHost, isOnHost, moved } from "./host-moves.js";
import { broadcastShapes, equalShapes } from "./shape.js";

/**
 * `x`, broadcast to a shape, also to a shape without elements, for which tf.broadcastTo throws or returns one element
 * (tfjs 4.22).
 */
export function broadcastTensor(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (equalShapes(x.shape, shape)) return x;
  if (shape.includes(0)) return tf.add(x, tf.zeros(shape.slice()));
  if (!isOnHost([x])) return tf.broadcastTo(x, shape.slice());
  return moved(
    [x],
    () => broadcastOnHost(x, shape),
    (dy) => [sumTo(dy, x.shape)],
  );
}

/** The sum of `x` over the axes that a shape of size 1 there, or without them, was broadcast along. */
function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const offset = x.rank - shape.length;
  const axes = x.shape.flatMap((size, axis) => (axis < offset || shape[axis - offset] !== size ? [axis] : []));
  return tf.reshape(tf.sum(x, axes), shape.slice());
}

/** The tensors, broadcast against each other. @throws RangeError if their shapes do not broadcast. */
export function toOneShape(...inputs: tf.Tensor[]): tf.Tensor[] {
  const shape = broadcastShapes("toOneShape", Object.fromEntries(inputs.map((x, index) => [index, x.shape])));
  return inputs.map((x) => broadcastTensor(x, shape));
}
