import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input, parseAxis, refuse } from "./call.js";
import { oneHotMask } from "./creation.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import {
  cast,
  elementwise,
  expand,
  filled,
  gather,
  reduce,
  reshape,
  sameShape,
  slice,
  transpose,
  where,
  withScalar,
} from "./nodes.js";

/** Kernels that read or write at positions given by a tensor. */

/**
 * Indices below 0 count from the end in ONNX and are an error in tfjs. They are replaced by an index that is also an
 * error in onnxruntime.
 * `sizes`: the sizes of the indexed axes, one for each entry of the last axis of `indices`, or one for all.
 * @throws RangeError for constants out of range.
 */
function insideOf(graph: GraphBuilder, indices: Value, sizes: readonly number[]): Value {
  const wanted = cast(graph, indices, "int32");
  const data = graph.constantData(wanted);
  const limits = graph.constant(sizes, sizes.length === 1 ? [] : [sizes.length], "int32");
  if (!data) return where(graph, withScalar(graph, "Less", wanted, 0, "bool"), limits, wanted);
  for (const [i, index] of (data as Int32Array).entries()) {
    const size = sizes[i % sizes.length]!;
    if (index < 0 || index >= size) throw new RangeError(`the index ${index} is not in [0, ${size - 1}]`);
  }
  return wanted;
}

const gatherV2: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { axis: givenAxis, batchDims: givenBatch = 0 } = attributes<{ axis: number; batchDims?: number }>(call);
  const axis = parseAxis(givenAxis, x.shape.length);
  const indices = insideOf(graph, input(call, "indices"), [x.shape[axis]!]);
  const batch = parseAxis(givenBatch, indices.shape.length);
  if (batch === 0) return gather(graph, x, indices, axis);
  return gatherPerBatch(graph, x, indices, axis, batch);
};

/** GatherND indexes the axis after the batch axes; another axis is moved there, and the others are moved back. */
function gatherPerBatch(graph: GraphBuilder, x: Value, indices: Value, axis: number, batch: number): Value {
  const axes = x.shape.map((_, i) => i);
  const front = [...axes.slice(0, batch), axis, ...axes.slice(batch).filter((i) => i !== axis)];
  const rows = transpose(graph, x, front);
  const columns = reshape(graph, cast(graph, indices, "int64"), [...indices.shape, 1]);
  const shape = [...indices.shape, ...rows.shape.slice(batch + 1)];
  const taken = graph.op(
    "GatherND",
    [rows, columns],
    { batch_dims: { int: batch } },
    { elementType: x.elementType, shape },
  );
  // Now [batch, indices, skipped axes, rest]; the skipped axes go before the indices.
  const indexAxes = indices.shape.length - batch;
  const skipped = axis - batch;
  const order = shape.map((_, i) => i);
  const perm = [
    ...order.slice(0, batch),
    ...order.slice(batch + indexAxes, batch + indexAxes + skipped),
    ...order.slice(batch, batch + indexAxes),
    ...order.slice(batch + indexAxes + skipped),
  ];
  return transpose(graph, taken, perm);
}

const gatherNd: Lowering = (call) => {
  const { graph } = call;
  const params = input(call, "params");
  const indices = input(call, "indices");
  const depth = indices.shape.at(-1) as number;
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
  const inputs = [params, cast(graph, insideOf(graph, indices, params.shape.slice(0, depth)), "int64")];
  return graph.op("GatherND", inputs, {}, { elementType: params.elementType, shape });
};

/** `indices` `[..., depth]` are positions in the first axes of `data`. */
function scatter(graph: GraphBuilder, data: Value, indices: Value, updates: Value, reduction: "none" | "add"): Value {
  const depth = indices.shape.at(-1)!;
  const rows = cast(graph, insideOf(graph, indices, data.shape.slice(0, depth)), "int64");
  const expected = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
  if (!sameShape(updates.shape, expected)) {
    throw new RangeError(`the updates must have the shape [${expected}], got [${updates.shape}]`);
  }
  return graph.op("ScatterND", [data, rows, updates], { reduction: { string: reduction } }, data);
}

/** tfjs takes a vector of indices for positions along the first axis. */
function asRows(graph: GraphBuilder, indices: Value): Value {
  return indices.shape.length === 1 ? reshape(graph, indices, [...indices.shape, 1]) : indices;
}

const scatterNd: Lowering = (call) => {
  const { graph } = call;
  const indices = asRows(graph, input(call, "indices"));
  const updates = input(call, "updates");
  const { shape } = attributes<{ shape: number[] }>(call);
  allowTypes(call, updates, "float32", "int32");
  return scatter(graph, filled(graph, shape, 0, updates.elementType), indices, updates, "add");
};

/** If an index occurs twice, it is undefined which update stays. */
const tensorScatterUpdate: Lowering = (call) => {
  const { graph } = call;
  const indices = asRows(graph, input(call, "indices"));
  return scatter(graph, input(call, "tensor"), indices, input(call, "updates"), "none");
};

const sparseToDense: Lowering = (call) => {
  const { graph } = call;
  const values = input(call, "sparseValues");
  const { outputShape } = attributes<{ outputShape: number[] }>(call);
  const indices = input(call, "sparseIndices");
  const count = indices.shape[0] ?? 1;
  const rows = indices.shape.length === 2 ? indices : reshape(graph, indices, [count, 1]);
  const defaults = expand(graph, cast(graph, input(call, "defaultValue"), values.elementType), outputShape);
  return scatter(graph, defaults, rows, expand(graph, values, [count]), "none");
};

/**
 * Rows are added into an array with one additional row, which collects the rows without a segment and is removed. With `inRange`
 * (trace/gather-gradient.ts) a row without a segment stops the run.
 */
const unsortedSegmentSum: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const ids = cast(graph, input(call, "segmentIds"), "int32");
  const { numSegments, inRange } = attributes<{ numSegments: number; inRange?: boolean }>(call);
  if (ids.shape.length !== 1) refuse(call, `segmentIds must have rank 1, got the shape [${ids.shape}]`);
  const values = x.elementType === "bool" ? cast(graph, x, "int32") : x;
  const sumsInto = (segments: number, rows: Value) => {
    const zeros = filled(graph, [segments, ...x.shape.slice(1)], 0, values.elementType);
    return scatter(graph, zeros, reshape(graph, rows, [...ids.shape, 1]), values, "add");
  };
  // tfjs multiplies by a float mask, so that the result is a float for integers too.
  if (inRange) return cast(graph, sumsInto(numSegments, ids), "float32");
  const inside = elementwise(graph, "And", [
    withScalar(graph, "GreaterOrEqual", ids, 0, "bool"),
    withScalar(graph, "Less", ids, numSegments, "bool"),
  ]);
  const rows = where(graph, inside, ids, graph.scalar(numSegments, "int32"));
  const sums = sumsInto(numSegments + 1, rows);
  return cast(graph, slice(graph, sums, [{ axis: 0, start: 0, size: numSegments }]), "float32");
};

/**
 * What is counted, where none of it is negative; as in tfjs a negative number is an error, which onnxruntime reports as an index out of range.
 * @throws RangeError for constants.
 */
function notNegative(graph: GraphBuilder, x: Value): Value {
  if (sizeOf(x.shape) === 0) return x;
  const data = graph.constantData(x);
  const negative = data && Array.from(data as Iterable<number | bigint>, Number).find((value) => value < 0);
  if (negative !== undefined) throw new RangeError(`the values must not be negative, got ${negative}`);
  if (data) return x;
  const isWrong = cast(graph, withScalar(graph, "Less", x, 0, "bool"), "int32");
  const axes = x.shape.map((_, axis) => axis);
  const wrong = axes.length === 0 ? isWrong : reduce(graph, "ReduceMax", isWrong, axes, false);
  const zero = gather(graph, graph.constant([0], [1], x.elementType), wrong, 0);
  return elementwise(graph, "Add", [x, zero]);
}

/** Counts along the last axis: a one-hot mask, weighted and summed. */
function count(graph: GraphBuilder, given: Value, weights: Value, size: number): Value {
  const x = notNegative(graph, given);
  const mask = oneHotMask(graph, x, size);
  const axis = x.shape.length - 1;
  if (weights.shape.includes(0)) {
    return reduce(graph, "ReduceSum", cast(graph, mask, weights.elementType), [axis], false);
  }
  const zero = graph.scalar(0, weights.elementType);
  const weighted = where(graph, mask, reshape(graph, weights, [...x.shape, 1]), zero);
  return reduce(graph, "ReduceSum", weighted, [axis], false);
}

const bincount: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const weights = input(call, "weights");
  allowTypes(call, weights, "float32", "int32");
  return count(graph, reshape(graph, x, [sizeOf(x.shape)]), weights, attributes<{ size: number }>(call).size);
};

const denseBincount: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const weights = input(call, "weights");
  const { size, binaryOutput } = attributes<{ size: number; binaryOutput?: boolean }>(call);
  allowTypes(call, weights, "float32", "int32");
  // tfjs ignores binaryOutput for vectors.
  if (!binaryOutput || x.shape.length === 1) return count(graph, x, weights, size);
  const hits = cast(graph, oneHotMask(graph, notNegative(graph, x), size), weights.elementType);
  return reduce(graph, "ReduceMax", hits, [x.shape.length - 1], false);
};

/** Descending; equal elements stay in order. */
const topK: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { k } = attributes<{ k: number }>(call);
  allowTypes(call, x, "float32", "int32");
  const shape = [...x.shape.slice(0, -1), k];
  // onnxruntime needs at least one.
  if (k === 0) return [graph.constant([], shape, x.elementType), graph.constant([], shape, "int32")];
  const [values, indices] = graph.node("TopK", [x, graph.ints([k])], { axis: { int: -1 } }, [
    { elementType: x.elementType, shape },
    { elementType: "int64", shape },
  ]) as [Value, Value];
  return [values, cast(graph, indices, "int32")];
};

/** The position of a value in a sorted row is the number of elements before it. */
const searchSorted: Lowering = (call) => {
  const { graph } = call;
  const sorted = input(call, "sortedSequence");
  const values = input(call, "values");
  const { side } = attributes<{ side: "left" | "right" }>(call);
  const [rows, length] = sorted.shape as [number, number];
  const before = elementwise(
    graph,
    side === "left" ? "Less" : "LessOrEqual",
    [reshape(graph, sorted, [rows, 1, length]), reshape(graph, values, [...values.shape, 1])],
    "bool",
  );
  return reduce(graph, "ReduceSum", cast(graph, before, "int32"), [2], false);
};

export const indexing: LoweringTable = {
  GatherV2: gatherV2,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  TensorScatterUpdate: tensorScatterUpdate,
  SparseToDense: sparseToDense,
  UnsortedSegmentSum: unsortedSegmentSum,
  Bincount: bincount,
  DenseBincount: denseBincount,
  TopK: topK,
  SearchSorted: searchSorted,
};
