import { concatLast, customGradient, sliceLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { LOG_ZERO, logAddExp } from "./log-space.js";

/** `sum_{i<k} x_i` for each k of the last axis. */
export function sumBefore(x: tf.Tensor): tf.Tensor {
  // A negative axis gives an empty tensor on the cpu backend, without an error (tfjs 4.22).
  return tf.cumsum(x, x.rank - 1, true);
}

/**
 * `log sum_{i>=k} exp(logX_i)` for each k of the last axis, in log2(size) passes: each pass adds pairs of earlier sums
 * in log space, where a running sum of exponentials would underflow.
 */
export function logSumExpFrom(logX: tf.Tensor): tf.Tensor {
  const size = logX.shape.at(-1) as number;
  let sums = logX;
  for (let distance = 1; distance < size; distance *= 2) {
    const beyond = tf.fill([...logX.shape.slice(0, -1), distance], LOG_ZERO);
    sums = logAddExp(sums, concatLast([sliceLast(sums, distance, size - distance), beyond]));
  }
  return sums;
}

/** A constant with 1 at the largest entry of the last axis (the first of equal entries) and 0 elsewhere. */
export function oneHotOfLargest(x: tf.Tensor): tf.Tensor {
  return tf.cast(tf.oneHot(tf.argMax(x, -1), x.shape.at(-1) as number), "float32");
}

/**
 * `y_k = x_order[k]` on the last axis. The gradient gathers by the inverse order; the gradient of tf.gather sums
 * segments, for which the wasm backend has no kernel.
 */
export function gatherLast(x: tf.Tensor, order: readonly number[], inverseOrder: readonly number[]): tf.Tensor {
  const gather = (from: tf.Tensor, indices: readonly number[]) =>
    tf.gather(from, tf.tensor1d([...indices], "int32"), from.rank - 1);
  return customGradient(
    [x],
    (each) => ({ value: gather(each, order), saved: [] }),
    (dy) => [gather(dy, inverseOrder)],
  );
}
