import * as tf from "@tensorflow/tfjs-core";

/**
 * The gradient of tf.gather while a function is traced. The gather itself stops the run where an index is out of range; but a graph
 * that needs the gradient alone has no gather, and tfjs' segment sum drops what such an index points at. Here the sum itself stops the
 * run. With more than one batch axis tfjs' gradient is wrong, or fails.
 */
export const gather: tf.GradConfig = {
  kernelName: "GatherV2",
  inputsToSave: ["x", "indices"],
  gradFunc: (dy, saved, attrs) => {
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    const { axis, batchDims } = attrs as unknown as { axis: number; batchDims?: number };
    return {
      x: () => gradient(dy as tf.Tensor, x.shape, indices, axis, batchDims ?? 0),
      indices: () => indices,
    };
  },
};

/** `dy`: `[batch, outer, ...indices, inner]`; the result: `[batch, outer, size, inner]`, where `size` is that of the axis. */
function gradient(dy: tf.Tensor, shape: readonly number[], indices: tf.Tensor, givenAxis: number, givenBatch: number) {
  const axis = givenAxis < 0 ? givenAxis + shape.length : givenAxis;
  const batchAxes = givenBatch < 0 ? givenBatch + indices.rank : givenBatch;
  const size = shape[axis]!;
  const indexAxes = indices.rank - batchAxes;
  const order = dy.shape.map((_, i) => i);
  const [batch, outer, index, inner] = [
    order.slice(0, batchAxes),
    order.slice(batchAxes, axis),
    order.slice(axis, axis + indexAxes),
    order.slice(axis + indexAxes),
  ] as const;
  const sizes = (axes: readonly number[]) => axes.map((i) => dy.shape[i]!);
  const batches = tf.util.sizeFromShape(sizes(batch));
  const rows = tf.reshape(tf.transpose(dy, [...batch, ...index, ...outer, ...inner]), [
    indices.size,
    ...sizes(outer),
    ...sizes(inner),
  ]);
  const sums = sumsInRange(rows, segments(indices, batches, size), batches * size);
  const first = tf.reshape(sums, [...sizes(batch), size, ...sizes(outer), ...sizes(inner)]);
  const places = first.shape.map((_, i) => i);
  const afterAxis = batchAxes + 1 + outer.length;
  return tf.transpose(first, [
    ...places.slice(0, batchAxes),
    ...places.slice(batchAxes + 1, afterAxis),
    batchAxes,
    ...places.slice(afterAxis),
  ]);
}

/** Each batch has segments of its own; an index out of range has none. */
function segments(indices: tf.Tensor, batches: number, size: number): tf.Tensor {
  if (batches === 1) return tf.reshape(indices, [indices.size]);
  const rows = tf.reshape(tf.cast(indices, "int32"), [batches, -1]);
  const isInside = tf.logicalAnd(tf.greaterEqual(rows, 0), tf.less(rows, size));
  const first = tf.reshape(tf.range(0, batches * size, size, "int32"), [batches, 1]);
  return tf.reshape(tf.where(isInside, tf.add(rows, first), -1), [indices.size]);
}

/** tf.unsortedSegmentSum that is an error for what it would drop: kernels/indexing.ts. */
function sumsInRange(x: tf.Tensor, segmentIds: tf.Tensor, numSegments: number): tf.Tensor {
  return tf.engine().runKernel("UnsortedSegmentSum", { x, segmentIds }, { numSegments, inRange: true });
}
