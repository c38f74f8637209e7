import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input, refuse } from "./call.js";
import { transposedConvolution } from "./convolution-gradients.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, filled, pad, reshape, transpose, withScalar } from "./nodes.js";
import {
  cropUnread,
  fromChannelsFirst,
  pads,
  perAxis,
  poolingWindows,
  toChannelsFirst,
  unreadElements,
  type WindowAttributes,
  type Windows,
  windowsOf,
} from "./windows.js";

interface PoolAttributes extends WindowAttributes {
  readonly filterSize: number | number[];
}

/** @param dy For a gradient, whose attributes do not have the rounding of the output's size. */
function poolOf(call: KernelCall, x: Value, dy?: Value): Windows {
  allowTypes(call, x, "float32");
  const attrs = attributes<PoolAttributes>(call);
  const windowsFor = (given: WindowAttributes) => poolingWindows(call, x.shape, attrs.filterSize, given);
  const windows = dy ? windowsOf(call, dy, attrs, windowsFor) : windowsFor(attrs);
  for (const { before, after, filter } of windows.axes) {
    // tfjs gives -Infinity (max) and NaN (average) for a window with only padding.
    if (before >= filter || after >= filter) {
      refuse(
        call,
        `padding of ${Math.max(before, after)} around a window of ${filter} leaves windows without elements`,
      );
    }
  }
  return windows;
}

function outputShape({ batch, inChannels, axes }: Windows): number[] {
  return [batch, inChannels, ...axes.map(({ output }) => output)];
}

function geometry(windows: Windows) {
  return {
    kernel_shape: perAxis(windows, ({ filter }) => filter),
    strides: perAxis(windows, ({ stride }) => stride),
    pads: pads(windows),
  };
}

/** Averages are over the elements of a window inside the image. */
function pool(opType: "MaxPool" | "AveragePool"): Lowering {
  return (call) => {
    const { graph } = call;
    const x = input(call, "x");
    const windows = poolOf(call, x);
    const result = graph.op(
      opType,
      [cropUnread(graph, toChannelsFirst(graph, x, windows), windows, true)],
      geometry(windows),
      {
        elementType: "float32",
        shape: outputShape(windows),
      },
    );
    return fromChannelsFirst(graph, result, windows);
  };
}

/** MaxPool with the position of the first maximum of each window, counted through `[batch, channels, ...spatial]`. */
function maxPoolWithIndices(graph: GraphBuilder, channelsFirst: Value, windows: Windows): [Value, Value] {
  const shape = outputShape(windows);
  return graph.node("MaxPool", [channelsFirst], geometry(windows), [
    { elementType: "float32", shape },
    { elementType: "int64", shape },
  ]) as [Value, Value];
}

/** Each element of dy is added at the position of its window's first maximum. */
const maxPoolGrad: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "input");
  const windows = poolOf(call, x, input(call, "dy"));
  const read = cropUnread(graph, toChannelsFirst(graph, x, windows), windows, true);
  const [, indices] = maxPoolWithIndices(graph, read, windows);
  const count = sizeOf(indices.shape);
  const dy = toChannelsFirst(graph, input(call, "dy"), windows);
  const zeros = filled(graph, [sizeOf(read.shape)], 0, "float32");
  const sums = graph.op(
    "ScatterElements",
    [zeros, reshape(graph, indices, [count]), reshape(graph, dy, [count])],
    { axis: { int: 0 }, reduction: { string: "add" } },
    zeros,
  );
  const first = windows.axes.map((axis) => unreadElements(axis).first);
  const last = windows.axes.map(({ input }, i) => input - (first[i] as number) - (read.shape[i + 2] as number));
  const dx = pad(graph, reshape(graph, sums, read.shape), [0, 0, ...first], [0, 0, ...last]);
  return fromChannelsFirst(graph, dx, windows);
};

/**
 * Each element of dy is divided equally between the elements of its window inside the image. (tfjs divides by the full
 * size of the window even at the border, which is not the gradient of its average.)
 */
const avgPoolGrad: Lowering = (call) => {
  const { graph } = call;
  const dy = input(call, "dy");
  const windows = poolOf(call, input(call, "input"), dy);
  const parts = elementwise(graph, "Mul", [toChannelsFirst(graph, dy, windows), reciprocalCounts(graph, windows)]);
  const sizes = windows.axes.map(({ filter }) => filter);
  const shape = [windows.inChannels, 1, ...sizes];
  const ones = graph.constant(new Float32Array(sizeOf(shape)).fill(1), shape, "float32");
  return fromChannelsFirst(graph, transposedConvolution(graph, parts, ones, windows, windows.inChannels), windows);
};

/** 1 / (elements of each window that lie in the image), `[1, 1, ...output]`; a scalar if all windows are full. */
function reciprocalCounts(graph: GraphBuilder, { axes }: Windows): Value {
  const counts = axes.map(({ input, output, filter, stride, before }) =>
    Array.from({ length: output }, (_, i) => {
      const start = i * stride - before;
      return Math.min(start + filter, input) - Math.max(start, 0);
    }),
  );
  const full = sizeOf(axes.map(({ filter }) => filter));
  const products = counts.reduce((all, own) => all.flatMap((product) => own.map((count) => product * count)), [1]);
  if (products.every((product) => product === full)) return graph.scalar(1 / full, "float32");
  const shape = [1, 1, ...axes.map(({ output }) => output)];
  return graph.constant(
    products.map((product) => 1 / product),
    shape,
    "float32",
  );
}

/** Positions are flat indices into [height, width, channels], or on request into the whole batch. */
const maxPoolWithArgmax: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const windows = poolOf(call, x);
  const { includeBatchInIndex } = attributes<{ includeBatchInIndex: boolean }>(call);
  const channelsFirst = toChannelsFirst(graph, x, windows);
  if (cropUnread(graph, channelsFirst, windows, true) !== channelsFirst) {
    refuse(call, "its windows leave out a stride or more of the image, which shifts the positions");
  }
  const [values, indices] = maxPoolWithIndices(graph, channelsFirst, windows);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const area = graph.scalar(height * width, "int64");
  const inPlane = cast(graph, elementwise(graph, "Mod", [indices, area]), "int32");
  const pixel = withScalar(graph, "Mul", transpose(graph, inPlane, [0, 2, 3, 1]), channels);
  const rows = includeBatchInIndex ? batch : 1;
  const offsets = Int32Array.from({ length: rows * channels }, (_, i) => {
    return Math.floor(i / channels) * height * width * channels + (i % channels);
  });
  const offset = graph.constant(offsets, [rows, 1, 1, channels], "int32");
  return [fromChannelsFirst(graph, values, windows), elementwise(graph, "Add", [pixel, offset])];
};

export const pooling: LoweringTable = {
  MaxPool: pool("MaxPool"),
  AvgPool: pool("AveragePool"),
  MaxPool3D: pool("MaxPool"),
  AvgPool3D: pool("AveragePool"),
  MaxPoolGrad: maxPoolGrad,
  MaxPool3DGrad: maxPoolGrad,
  AvgPoolGrad: avgPoolGrad,
  AvgPool3DGrad: avgPoolGrad,
  MaxPoolWithArgmax: maxPoolWithArgmax,
};
