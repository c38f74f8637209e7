import * as tf from "@tensorflow/tfjs-core";
import { broadcastTensor } from "./broadcast.js";
import { detached } from "./detached.js";
import { isOnHost } from "./host-moves.js";

/** tf.softmax of the last axis, by kernels that are fast on tfjs' cpu backend too. */
export function softmaxLast(x: tf.Tensor): tf.Tensor {
  if (!isOnHost([x])) return tf.softmax(x);
  const exponentials = tf.exp(lessLargest(x));
  return tf.div(exponentials, alongLast(tf.sum(exponentials, -1, true), x));
}

/** tf.logSoftmax of the last axis, by kernels that are fast on tfjs' cpu backend too. */
export function logSoftmaxLast(x: tf.Tensor): tf.Tensor {
  if (!isOnHost([x])) return tf.logSoftmax(x);
  const shifted = lessLargest(x);
  return tf.sub(shifted, alongLast(tf.log(tf.sum(tf.exp(shifted), -1, true)), x));
}

function lessLargest(x: tf.Tensor): tf.Tensor {
  return tf.sub(
    x,
    alongLast(
      detached((each) => tf.max(each, -1, true), x),
      x,
    ),
  );
}

/**
 * A column, `[..., 1]`, for an operation with a tensor of more columns: repeated on the cpu and wasm backends, whose kernels take ten times
 * as long for tensors of different shapes, and as it is elsewhere.
 */
export function alongLast(column: tf.Tensor, like: tf.Tensor): tf.Tensor {
  return isOnHost([like]) ? broadcastTensor(column, like.shape) : column;
}
