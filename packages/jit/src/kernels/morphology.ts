import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input, refuse } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, concat, elementwise, filled, pad, reshape, type SliceRange, slice, withScalar } from "./nodes.js";
import { convolutionWindows, type WindowAttributes, type WindowAxis } from "./windows.js";

/**
 * Grayscale dilation, `y[i] = max over taps t of x[stride i + t] + filter[t]`. ONNX has no such operation: each tap of the
 * filter becomes a strided slice of the padded image.
 */

interface Dilation {
  readonly vertical: WindowAxis;
  readonly horizontal: WindowAxis;
  readonly channels: number;
  /** `[batch, height, width, channels]` of the result. */
  readonly shape: readonly number[];
  /** For each tap, row by row, the shifted image plus the filter's weight. */
  readonly taps: readonly Value[];
}

function dilation(call: KernelCall): Dilation {
  const { graph } = call;
  const x = input(call, "x");
  const filter = input(call, "filter");
  allowTypes(call, x, "float32");
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const attrs = attributes<WindowAttributes>(call);
  const windows = convolutionWindows(call, x.shape, [...filter.shape, channels], { ...attrs, dataFormat: "NHWC" });
  const [vertical, horizontal] = windows.axes as [WindowAxis, WindowAxis];
  for (const { before, after, filter: size, dilation: rate } of [vertical, horizontal]) {
    if (Math.max(before, after) > rate * (size - 1)) refuse(call, "its padding leaves windows without elements");
  }
  const around = (side: "before" | "after") => [0, Math.max(vertical[side], 0), Math.max(horizontal[side], 0), 0];
  const padded = pad(graph, x, around("before"), around("after"), Number.NEGATIVE_INFINITY);
  const taps = Array.from({ length: vertical.filter * horizontal.filter }, (_, tap) => {
    const [row, column] = [Math.floor(tap / horizontal.filter), tap % horizontal.filter];
    const shifted = slice(graph, padded, [reach(vertical, row, 1), reach(horizontal, column, 2)]);
    const ranges = [row, column].map((start, axis) => ({ axis, start, size: 1 }));
    return elementwise(graph, "Add", [shifted, reshape(graph, slice(graph, filter, ranges), [channels])]);
  });
  return { vertical, horizontal, channels, shape: [batch, vertical.output, horizontal.output, channels], taps };
}

function reach({ dilation: rate, output, stride }: WindowAxis, tap: number, axis: number): SliceRange {
  return { axis, start: tap * rate, size: output, step: output > 1 ? stride : 1 };
}

/** Which tap has the (first) maximum, int32 of the result's shape. */
function winners(graph: GraphBuilder, { taps, shape }: Dilation): Value {
  const stack = concat(
    graph,
    taps.map((tap) => reshape(graph, tap, [1, ...shape])),
    0,
  );
  const attrs = { axis: { int: 0 }, keepdims: { int: 0 }, select_last_index: { int: 0 } };
  return cast(graph, graph.op("ArgMax", [stack], attrs, { elementType: "int64", shape }), "int32");
}

/** Adds each element of dy at a position of a flat array. */
function scatterAdd(graph: GraphBuilder, positions: Value, dy: Value, shape: readonly number[]): Value {
  const count = sizeOf(dy.shape);
  const zeros = filled(graph, [sizeOf(shape)], 0, "float32");
  const sums = graph.op(
    "ScatterElements",
    [zeros, reshape(graph, positions, [count]), reshape(graph, dy, [count])],
    { axis: { int: 0 }, reduction: { string: "add" } },
    zeros,
  );
  return reshape(graph, sums, shape);
}

/** `start, start + step, ...` along one of four axes. */
function ramp(graph: GraphBuilder, axis: number, length: number, step: number, start = 0): Value {
  const shape = [1, 1, 1, 1].map((size, i) => (i === axis ? length : size));
  return graph.constant(
    Int32Array.from({ length }, (_, i) => start + i * step),
    shape,
    "int32",
  );
}

const dilation2D: Lowering = (call) => {
  const { taps } = dilation(call);
  return taps.length === 1 ? (taps[0] as Value) : elementwise(call.graph, "Max", taps);
};

const inputGradient: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const parts = dilation(call);
  const { vertical, horizontal, channels } = parts;
  const [batch, height, width] = x.shape as [number, number, number, number];
  const rowSize = width * channels;
  const winner = winners(graph, parts);
  const row = withScalar(graph, "Div", winner, horizontal.filter);
  const column = elementwise(graph, "Sub", [winner, withScalar(graph, "Mul", row, horizontal.filter)]);
  const positions = [
    withScalar(graph, "Mul", row, vertical.dilation * rowSize),
    withScalar(graph, "Mul", column, horizontal.dilation * channels),
    ramp(graph, 0, batch, height * rowSize),
    ramp(graph, 1, vertical.output, vertical.stride * rowSize, -vertical.before * rowSize),
    ramp(graph, 2, horizontal.output, horizontal.stride * channels, -horizontal.before * channels),
    ramp(graph, 3, channels, 1),
  ].reduce((sum, term) => elementwise(graph, "Add", [sum, term]));
  return scatterAdd(graph, positions, input(call, "dy"), x.shape);
};

const filterGradient: Lowering = (call) => {
  const { graph } = call;
  const parts = dilation(call);
  const taps = withScalar(graph, "Mul", winners(graph, parts), parts.channels);
  const positions = elementwise(graph, "Add", [taps, ramp(graph, 3, parts.channels, 1)]);
  return scatterAdd(graph, positions, input(call, "dy"), input(call, "filter").shape);
};

export const morphology: LoweringTable = {
  Dilation2D: dilation2D,
  Dilation2DBackpropInput: inputGradient,
  Dilation2DBackpropFilter: filterGradient,
};
