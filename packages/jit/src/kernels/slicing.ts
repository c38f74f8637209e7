import { slice_util } from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import { attributes, input } from "./call.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import { gather, pad, reshape, slice } from "./nodes.js";

const sliceKernel: Lowering = (call) => {
  const x = input(call, "x");
  const { begin, size } = attributes<{ begin: number | number[]; size: number | number[] }>(call);
  const [starts, sizes] = slice_util.parseSliceParams({ shape: [...x.shape] } as never, begin, size);
  for (const [axis, start] of (starts as number[]).entries()) {
    // onnxruntime would count a negative start from the end and clip the size.
    const [extent, length] = [(sizes as number[])[axis] as number, x.shape[axis] as number];
    if (start < 0 || extent < 0 || start + extent > length) {
      throw new RangeError(
        `begin ${start} and size ${extent} do not lie in axis ${axis}, which has ${length} elements`,
      );
    }
  }
  return slice(
    call.graph,
    x,
    (starts as number[]).map((start, axis) => ({ axis, start, size: (sizes as number[])[axis] as number })),
  );
};

interface StridedSliceAttributes {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

const stridedSlice: Lowering = (call) => {
  const x = input(call, "x");
  const a = attributes<StridedSliceAttributes>(call);
  // tfjs modifies the arrays that it receives.
  const { begin, end, strides, finalShape } = slice_util.sliceInfo(
    [...x.shape],
    [...a.begin],
    [...a.end],
    a.strides && [...a.strides],
    a.beginMask,
    a.endMask,
    a.ellipsisMask,
    a.newAxisMask,
    a.shrinkAxisMask,
  );
  const ranges = begin.map((start, axis) => {
    const step = strides[axis] as number;
    return { axis, start, size: Math.max(0, Math.ceil(((end[axis] as number) - start) / step)), step };
  });
  if (ranges.some(({ size }) => size === 0)) {
    // Starts and ends of empty ranges may lie outside of the axis.
    const empty = slice(
      call.graph,
      x,
      ranges.map(({ axis, size, step, start }) =>
        size === 0 ? { axis, start: 0, size } : { axis, start, size, step },
      ),
    );
    return reshape(call.graph, empty, finalShape);
  }
  return reshape(call.graph, slice(call.graph, x, ranges), finalShape);
};

const padV2: Lowering = (call) => {
  const { paddings, constantValue } = attributes<{ paddings: [number, number][]; constantValue: number }>(call);
  const [before, after] = [0, 1].map((side) => paddings.map((sizes) => sizes[side] as number)) as [number[], number[]];
  return pad(call.graph, input(call, "x"), before, after, constantValue);
};

/** One Gather per padded axis: ONNX's Pad reflects, but has no mode that repeats the edge (`symmetric`). */
const mirrorPad: Lowering = (call) => {
  const { graph } = call;
  const { paddings, mode } = attributes<{ paddings: [number, number][]; mode: "reflect" | "symmetric" }>(call);
  const offset = mode === "reflect" ? 0 : 1;
  return paddings.reduce(
    (x: Value, [before, after], axis) => {
      if (before === 0 && after === 0) return x;
      const size = x.shape[axis] as number;
      const positions = Array.from({ length: before + size + after }, (_, i) => {
        const position = i - before;
        if (position < 0) return -position - offset;
        return position < size ? position : 2 * (size - 1) - position + offset;
      });
      return gather(graph, x, graph.ints(positions), axis);
    },
    input(call, "x"),
  );
};

export const slicing: LoweringTable = {
  Slice: sliceKernel,
  StridedSlice: stridedSlice,
  PadV2: padV2,
  MirrorPad: mirrorPad,
};
