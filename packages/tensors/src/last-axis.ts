import * as tf from "@tensorflow/tfjs-core";
import { concatOnHost, isOnHost, moved, sliceOnHost } from "./host-moves.js";
import { equalShapes } from "./shape.js";

/**
 * `x[..., start : start + count]`.
 *
 * @param x A tensor with at least one axis.
 */
export function sliceLast(x: tf.Tensor, start: number, count: number): tf.Tensor {
  const size = x.shape.at(-1) as number;
  if (x.size === 0 || !isOnHost([x])) {
    const begin = new Array<number>(x.rank).fill(0);
    begin[x.rank - 1] = start;
    return tf.slice(x, begin, [...x.shape.slice(0, -1), count]);
  }
  const zeros = (length: number) => (length > 0 ? [tf.zeros([...x.shape.slice(0, -1), length])] : []);
  return moved(
    [x],
    () => sliceOnHost(x, start, count),
    (dy) => [concatLast([...zeros(start), dy, ...zeros(size - start - count)])],
  );
}

/**
 * Tensors side by side on the last axis.
 *
 * @param tensors At least one. Their shapes are equal before the last axis.
 */
export function concatLast(tensors: readonly tf.Tensor[]): tf.Tensor {
  const batch = (tensors[0] as tf.Tensor).shape.slice(0, -1);
  const fits = tensors.every(({ rank, shape, size }) => rank > 0 && size > 0 && equalShapes(shape.slice(0, -1), batch));
  if (!fits || !isOnHost(tensors)) return tf.concat([...tensors], -1);
  return moved(
    tensors,
    () => concatOnHost(tensors),
    (dy) => {
      let start = 0;
      return tensors.map(({ shape }) => {
        const size = shape.at(-1) as number;
        start += size;
        return sliceLast(dy, start - size, size);
      });
    },
  );
}
