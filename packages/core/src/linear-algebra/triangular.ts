import { broadcastTensor, quotient, tryBroadcastShapes } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** Lower triangular matrices, `[..., D, D]`: elements above the diagonal count as 0 and get no gradient. */
export function lowerTriangle(matrix: tf.Tensor): tf.Tensor {
  const size = matrix.shape.at(-1) as number;
  const mask = Float32Array.from({ length: size * size }, (_, index) =>
    index % size <= Math.floor(index / size) ? 1 : 0,
  );
  return tf.mul(matrix, tf.tensor2d(mask, [size, size]));
}

/** The diagonals, `[..., D, D] -> [..., D]`. */
export function diagonalOf(matrix: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(matrix, tf.eye(matrix.shape.at(-1) as number)), -1);
}

/** Diagonal matrices, `[..., D] -> [..., D, D]`. */
export function diagonalMatrix(diagonal: tf.Tensor): tf.Tensor {
  return tf.mul(tf.expandDims(diagonal, -1), tf.eye(diagonal.shape.at(-1) as number));
}

/** Products of matrices and vectors, `[..., D, D]` and `[..., D]` -> `[..., D]`; the axes before them broadcast. */
export function timesVector(matrix: tf.Tensor, vector: tf.Tensor): tf.Tensor {
  const size = vector.shape.at(-1) as number;
  if (matrix.rank === 2) {
    const rows = tf.reshape(vector, [-1, size]);
    return tf.reshape(tf.matMul(rows, matrix as tf.Tensor2D, false, true), vector.shape);
  }
  return tf.sum(tf.mul(matrix, tf.expandDims(vector, -2)), -1);
}

/**
 * Solves `matrix x = vector` for lower triangular matrices by forward substitution: `[..., D, D]` and `[..., D]` ->
 * `[..., D]`, the axes before them broadcast. tfjs has no such kernel; D steps on whole batches.
 */
export function solveLowerTriangular(matrix: tf.Tensor, vector: tf.Tensor): tf.Tensor {
  const size = vector.shape.at(-1) as number;
  const batch = tryBroadcastShapes(matrix.shape.slice(0, -2), vector.shape.slice(0, -1)) as number[];
  let rest = broadcastTensor(vector, [...batch, size]);
  const solution: tf.Tensor[] = [];
  for (let index = 0; index < size; index++) {
    const column = lastAxis(matrix, index);
    const pivot = lastAxis(column, index);
    const value = quotient(lastAxis(rest, index), pivot);
    solution.push(broadcastTensor(value, batch));
    if (index < size - 1) rest = tf.sub(rest, tf.mul(column, tf.expandDims(value, -1)));
  }
  return tf.stack(solution, -1 + batch.length + 1);
}

/** Element `index` of the last axis, `[..., D] -> [...]`. */
function lastAxis(x: tf.Tensor, index: number): tf.Tensor {
  const shape = x.shape.slice(0, -1);
  return tf.reshape(tf.slice(x, [...shape.map(() => 0), index], [...shape, 1]), shape);
}
