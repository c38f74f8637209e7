import { backend_util, type DataType, util } from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import { attributes, input, parseAxis, refuse } from "./call.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import { cast, concat, expand, gather, pad, reshape, type SliceRange, sameShape, slice, transpose } from "./nodes.js";

/** Kernels that move elements or rename axes without computing. */

const castTo: Lowering = (call) => {
  const { dtype } = attributes<{ dtype: DataType }>(call);
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    return refuse(call, `a cast to ${dtype} has no compiled form; use float32, int32 or bool`);
  }
  return cast(call.graph, input(call, "x"), dtype);
};

const reshapeTo: Lowering = (call) => {
  const x = input(call, "x");
  const { shape } = attributes<{ shape: number[] }>(call);
  return reshape(call.graph, x, util.inferFromImplicitShape(shape, util.sizeFromShape([...x.shape])));
};

const expandDims: Lowering = (call) => {
  const x = input(call, "input");
  const { dim } = attributes<{ dim: number }>(call);
  const rank = x.shape.length;
  if (dim < -(rank + 1) || dim > rank) {
    throw new RangeError(`the axis must be in [${-(rank + 1)}, ${rank}], got ${dim}`);
  }
  const axis = dim < 0 ? rank + dim + 1 : dim;
  return reshape(call.graph, x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
};

const transposeBy: Lowering = (call) =>
  transpose(call.graph, input(call, "x"), attributes<{ perm: number[] }>(call).perm);

/** Repeats of axes of size 1 become an Expand, which elementwise consumers can omit. */
const tile: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { reps } = attributes<{ reps: number[] }>(call);
  const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
  if (x.shape.every((size, axis) => size === 1 || (reps[axis] ?? 1) === 1)) return expand(graph, x, shape);
  return graph.op("Tile", [x, graph.ints(x.shape.map((_, axis) => reps[axis] ?? 1))], {}, { ...x, shape });
};

const broadcastTo: Lowering = (call) =>
  expand(call.graph, input(call, "x"), attributes<{ shape: number[] }>(call).shape);

const concatenate: Lowering = (call) => {
  const { graph, list } = call;
  const first = list[0] as Value;
  const axis = parseAxis(attributes<{ axis: number }>(call).axis, first.shape.length);
  for (const { shape } of list) {
    if (shape.length !== first.shape.length || shape.some((size, i) => i !== axis && size !== first.shape[i])) {
      throw new RangeError(`the shapes [${first.shape}] and [${shape}] must be equal except for axis ${axis}`);
    }
  }
  const filledParts = list.filter((part) => !part.shape.includes(0));
  const parts = filledParts.length > 0 ? filledParts : [...list];
  return concat(
    graph,
    parts.map((part) => cast(graph, part, first.elementType)),
    axis,
  );
};

const pack: Lowering = (call) => {
  const { graph, list } = call;
  const first = list[0] as Value;
  const axis = parseAxis(attributes<{ axis: number }>(call).axis, first.shape.length + 1);
  for (const { shape } of list) {
    if (!sameShape(shape, first.shape)) {
      throw new RangeError(`the shapes [${first.shape}] and [${shape}] must be equal`);
    }
  }
  const shape = [...first.shape.slice(0, axis), 1, ...first.shape.slice(axis)];
  return concat(
    graph,
    list.map((part) => reshape(graph, part, shape)),
    axis,
  );
};

const unpack: Lowering = (call) => {
  const { graph } = call;
  const value = input(call, "value");
  const axis = parseAxis(attributes<{ axis: number }>(call).axis, value.shape.length);
  return Array.from({ length: value.shape[axis] as number }, (_, i) =>
    gather(graph, value, graph.scalar(i, "int64"), axis),
  );
};

const splitV: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { numOrSizeSplits, axis: givenAxis } = attributes<{ numOrSizeSplits: number | number[]; axis: number }>(call);
  const axis = parseAxis(givenAxis, x.shape.length);
  // tfjs replaces -1 in the array that it receives.
  const given = typeof numOrSizeSplits === "number" ? numOrSizeSplits : [...numOrSizeSplits];
  const sizes = backend_util.prepareSplitSize({ shape: [...x.shape] } as never, given, axis);
  if (sizes.length === 1) return [x];
  const outputs = sizes.map((size) => ({
    elementType: x.elementType,
    shape: x.shape.map((dimension, i) => (i === axis ? size : dimension)),
  }));
  return graph.node("Split", [x, graph.ints(sizes)], { axis: { int: axis } }, outputs);
};

function reversed(x: Value, axes: readonly number[]): SliceRange[] {
  return axes.map((axis) => {
    const size = x.shape[axis] as number;
    return { axis, start: size - 1, size, step: size > 1 ? -1 : 1 };
  });
}

const reverse: Lowering = (call) => {
  const x = input(call, "x");
  if (x.shape.length === 0 || x.shape.includes(0)) return x;
  const axes = util.parseAxisParam(attributes<{ dims: number | number[] }>(call).dims, [...x.shape]);
  return slice(call.graph, x, reversed(x, [...new Set(axes)]));
};

const flipLeftRight: Lowering = (call) => {
  const image = input(call, "image");
  return slice(call.graph, image, reversed(image, [2]));
};

const depthToSpace: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { blockSize, dataFormat } = attributes<{ blockSize: number; dataFormat: "NHWC" | "NCHW" }>(call);
  const isChannelsLast = dataFormat !== "NCHW";
  const [n, h, w, c] = (isChannelsLast ? [0, 1, 2, 3] : [0, 2, 3, 1]).map((axis) => x.shape[axis]) as [
    number,
    number,
    number,
    number,
  ];
  const depth = c / blockSize ** 2;
  if (isChannelsLast) {
    const blocks = reshape(graph, x, [n, h, w, blockSize, blockSize, depth]);
    return reshape(graph, transpose(graph, blocks, [0, 1, 3, 2, 4, 5]), [n, h * blockSize, w * blockSize, depth]);
  }
  const blocks = reshape(graph, x, [n, blockSize, blockSize, depth, h, w]);
  return reshape(graph, transpose(graph, blocks, [0, 3, 4, 1, 5, 2]), [n, depth, h * blockSize, w * blockSize]);
};

const spaceToBatchND: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { blockShape, paddings } = attributes<{ blockShape: number[]; paddings: number[][] }>(call);
  const sides = (side: 0 | 1) => x.shape.map((_, axis) => paddings[axis - 1]?.[side] ?? 0);
  const padded = pad(graph, x, sides(0), sides(1));
  const blocks = util.sizeFromShape(blockShape);
  const split = backend_util.getReshaped([...padded.shape], blockShape, blocks, false);
  const perm = backend_util.getPermuted(split.length, blockShape.length, false);
  const merged = backend_util.getReshapedPermuted([...padded.shape], blockShape, blocks, false);
  return reshape(graph, transpose(graph, reshape(graph, padded, split), perm), merged);
};

const batchToSpaceND: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const { blockShape, crops } = attributes<{ blockShape: number[]; crops: number[][] }>(call);
  const blocks = util.sizeFromShape(blockShape);
  const split = backend_util.getReshaped([...x.shape], blockShape, blocks);
  const perm = backend_util.getPermuted(split.length, blockShape.length);
  const merged = backend_util.getReshapedPermuted([...x.shape], blockShape, blocks);
  const image = reshape(graph, transpose(graph, reshape(graph, x, split), perm), merged);
  const ranges = crops.map(([before = 0, after = 0], i) => ({
    axis: i + 1,
    start: before,
    size: (image.shape[i + 1] as number) - before - after,
  }));
  return slice(graph, image, ranges);
};

export const layout: LoweringTable = {
  Identity: (call) => input(call, "x"),
  Cast: castTo,
  Reshape: reshapeTo,
  ExpandDims: expandDims,
  Transpose: transposeBy,
  Tile: tile,
  BroadcastTo: broadcastTo,
  Concat: concatenate,
  Pack: pack,
  Unpack: unpack,
  SplitV: splitV,
  Reverse: reverse,
  FlipLeftRight: flipLeftRight,
  DepthToSpace: depthToSpace,
  SpaceToBatchND: spaceToBatchND,
  BatchToSpaceND: batchToSpaceND,
};
