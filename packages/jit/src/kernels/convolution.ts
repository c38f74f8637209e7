import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { activate } from "./activations.js";
import { allowTypes, attributes, input } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { elementwise, reshape, transpose } from "./nodes.js";
import {
  convolutionWindows,
  cropUnread,
  fromChannelsFirst,
  pads,
  perAxis,
  toChannelsFirst,
  type WindowAttributes,
  type Windows,
} from "./windows.js";

/**
 * Forward convolutions. ONNX wants channels first; a graph pass cancels the Transposes around each Conv between layers,
 * and folds that of a constant filter.
 */

/** tfjs' filter `[...spatial, in, out]` as ONNX's `[out, in, ...spatial]`. */
export function filterToOnnx(graph: GraphBuilder, filter: Value): Value {
  const spatial = filter.shape.slice(2).map((_, i) => i);
  return transpose(graph, filter, [spatial.length + 1, spatial.length, ...spatial]);
}

/** tfjs' depthwise filter `[...spatial, in, multiplier]` as ONNX's `[in * multiplier, 1, ...spatial]`. */
export function depthwiseFilterToOnnx(graph: GraphBuilder, filter: Value): Value {
  const spatial = filter.shape.slice(2).map((_, i) => i);
  const sizes = filter.shape.slice(0, -2);
  const [channels, multiplier] = filter.shape.slice(-2) as [number, number];
  const channelsFirst = transpose(graph, filter, [spatial.length, spatial.length + 1, ...spatial]);
  return reshape(graph, channelsFirst, [channels * multiplier, 1, ...sizes]);
}

/** `x` and the result have channels first; `bias` has shape [outChannels]. */
function convolve(
  graph: GraphBuilder,
  x: Value,
  weights: Value,
  windows: Windows,
  groups: number,
  bias?: Value,
): Value {
  const image = cropUnread(graph, x, windows, true);
  return graph.op(
    "Conv",
    bias ? [image, weights, bias] : [image, weights],
    {
      kernel_shape: perAxis(windows, ({ filter }) => filter),
      strides: perAxis(windows, ({ stride }) => stride),
      dilations: perAxis(windows, ({ dilation }) => dilation),
      pads: pads(windows),
      group: { int: groups },
    },
    {
      elementType: "float32",
      shape: [windows.batch, windows.outChannels, ...windows.axes.map(({ output }) => output)],
    },
  );
}

/** A convolution with the part of the bias that fits into the node; the caller adds the rest of `bias`. */
function forward(call: KernelCall, isDepthwise: boolean, bias?: Value): { result: Value; windows: Windows } {
  const { graph } = call;
  const x = input(call, "x");
  const filter = input(call, "filter");
  allowTypes(call, x, "float32");
  const attrs = attributes<WindowAttributes>(call);
  // tfjs' depthwise kernels read every image as channels last, whatever dataFormat says.
  const format = isDepthwise ? { ...attrs, dataFormat: "NHWC" as const } : attrs;
  const windows = convolutionWindows(call, x.shape, filter.shape, format, isDepthwise);
  const weights = isDepthwise ? depthwiseFilterToOnnx(graph, filter) : filterToOnnx(graph, filter);
  const groups = isDepthwise ? windows.inChannels : 1;
  const result = convolve(graph, toChannelsFirst(graph, x, windows), weights, windows, groups, bias);
  return { result: fromChannelsFirst(graph, result, windows), windows };
}

function plain(isDepthwise: boolean): Lowering {
  return (call) => forward(call, isDepthwise).result;
}

/** Convolution, bias and activation. A bias per channel goes into the Conv. */
function fused(isDepthwise: boolean): Lowering {
  return (call) => {
    const { graph } = call;
    const { bias, filter } = call.inputs;
    const [channels, last] = (filter?.shape.slice(-2) ?? []) as [number, number];
    const outChannels = isDepthwise ? channels * last : last;
    const isPerChannel = bias?.shape.length === 1 && bias.shape[0] === outChannels;
    const { result, windows } = forward(call, isDepthwise, isPerChannel ? bias : undefined);
    const biased = bias && !isPerChannel ? elementwise(graph, "Add", [result, bias]) : result;
    return activate(windows.isChannelsLast ? call : withChannelAxis(call), biased);
  };
}

/** With channels first, PReLU's slopes of shape [channels] belong to axis 1. */
function withChannelAxis(call: KernelCall): KernelCall {
  const slopes = call.inputs.preluActivationWeights;
  if (slopes?.shape.length !== 1) return call;
  const column = reshape(call.graph, slopes, [...slopes.shape, 1, 1]);
  return { ...call, inputs: { ...call.inputs, preluActivationWeights: column } };
}

export const convolution: LoweringTable = {
  Conv2D: plain(false),
  Conv3D: plain(false),
  DepthwiseConv2dNative: plain(true),
  FusedConv2D: fused(false),
  FusedDepthwiseConv2D: fused(true),
};
