import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input } from "./call.js";
import { depthwiseFilterToOnnx, filterToOnnx } from "./convolution.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { filled, pad, reshape, transpose } from "./nodes.js";
import {
  convolutionWindows,
  cropUnread,
  fromChannelsFirst,
  pads,
  perAxis,
  toChannelsFirst,
  unreadElements,
  type WindowAttributes,
  type Windows,
  windowsOf,
} from "./windows.js";

/**
 * The gradient of an image is the transposed convolution of dy by the same filter, which is also `conv2dTranspose`.
 * `weights` are as for the forward Conv.
 */
export function transposedConvolution(
  graph: GraphBuilder,
  dy: Value,
  weights: Value,
  windows: Windows,
  groups: number,
): Value {
  const { axes, batch, inChannels } = windows;
  // Elements that no window reads have gradient 0. output_padding, which must be below a stride, adds those at the end.
  const unread = axes.map(unreadElements);
  const first = unread.map((axis) => axis.first);
  const outputPadding = unread.map(({ last }, i) => (last < (axes[i]?.stride as number) ? last : 0));
  const last = unread.map((axis, i) => axis.last - (outputPadding[i] as number));
  const dx = graph.op(
    "ConvTranspose",
    [dy, weights],
    {
      kernel_shape: perAxis(windows, ({ filter }) => filter),
      strides: perAxis(windows, ({ stride }) => stride),
      dilations: perAxis(windows, ({ dilation }) => dilation),
      pads: pads(windows),
      output_padding: { ints: outputPadding },
      group: { int: groups },
    },
    {
      elementType: "float32",
      shape: [batch, inChannels, ...axes.map(({ input }, i) => input - (first[i] as number) - (last[i] as number))],
    },
  );
  return pad(graph, dx, [0, 0, ...first], [0, 0, ...last]);
}

/**
 * The caller permutes the images' axes: `x` is [in, batch, ...spatial] in `groups` groups, `dy` [out, batch,
 * ...spatial].
 */
function filterGradient(graph: GraphBuilder, x: Value, dy: Value, windows: Windows, groups: number): Value {
  // A sum over positions of dy is a convolution whose filter is dy: its taps are a stride apart, its steps a dilation.
  const read = cropUnread(graph, x, windows, false);
  const [rows, columns] = [read.shape[0] as number, dy.shape[0] as number];
  return graph.op(
    "Conv",
    [read, dy],
    {
      kernel_shape: perAxis(windows, ({ output }) => output),
      strides: perAxis(windows, ({ dilation }) => dilation),
      dilations: perAxis(windows, ({ stride }) => stride),
      pads: pads(windows),
      group: { int: groups },
    },
    { elementType: "float32", shape: [rows, columns, ...windows.axes.map(({ filter }) => filter)] },
  );
}

/** Channels become the batch: `[channels, batch, ...spatial]`. */
function channelsOutermost(graph: GraphBuilder, x: Value, { isChannelsLast }: Windows): Value {
  const spatial = x.shape.slice(2).map((_, i) => (isChannelsLast ? i + 1 : i + 2));
  return transpose(graph, x, [isChannelsLast ? x.shape.length - 1 : 1, 0, ...spatial]);
}

interface BackpropAttributes extends WindowAttributes {
  readonly inputShape: number[];
  readonly filterShape: number[];
}

/** Except for depthwise convolutions, tfjs has gradients only without dilation. */
function backprop(call: KernelCall, isDepthwise: boolean): { attrs: BackpropAttributes; dy: Value } {
  const attrs = attributes<BackpropAttributes>(call);
  const dy = input(call, "dy");
  allowTypes(call, dy, "float32");
  if (isDepthwise) return { attrs: { ...attrs, dataFormat: "NHWC" }, dy };
  const dataFormat = attrs.dataFormat ?? (dy.shape.length === 5 ? "NDHWC" : "NHWC");
  return { attrs: { ...attrs, dataFormat, dilations: 1 }, dy };
}

function inputGradient(isDepthwise: boolean): Lowering {
  return (call) => {
    const { graph } = call;
    const { attrs, dy } = backprop(call, isDepthwise);
    const filter = input(call, "filter");
    const windows = windowsOf(call, dy, attrs, (given) =>
      convolutionWindows(call, attrs.inputShape, filter.shape, given, isDepthwise),
    );
    const weights = isDepthwise ? depthwiseFilterToOnnx(graph, filter) : filterToOnnx(graph, filter);
    const groups = isDepthwise ? windows.inChannels : 1;
    const dx = transposedConvolution(graph, toChannelsFirst(graph, dy, windows), weights, windows, groups);
    return fromChannelsFirst(graph, dx, windows);
  };
}

/** 0 for an empty batch, for which onnxruntime-web's Conv does not terminate. */
function ofSomeImages(lower: Lowering): Lowering {
  return (call) => {
    const isEmpty = input(call, "dy").shape.includes(0);
    return isEmpty ? filled(call.graph, attributes<BackpropAttributes>(call).filterShape, 0, "float32") : lower(call);
  };
}

const convFilterGradient: Lowering = (call) => {
  const { graph } = call;
  const { attrs, dy } = backprop(call, false);
  const x = input(call, "x");
  const windows = windowsOf(call, dy, attrs, (given) => convolutionWindows(call, x.shape, attrs.filterShape, given));
  const images = channelsOutermost(graph, x, windows);
  const gradient = filterGradient(graph, images, channelsOutermost(graph, dy, windows), windows, 1);
  const spatial = windows.axes.map((_, i) => i + 2);
  return transpose(graph, gradient, [...spatial, 0, 1]);
};

/** Each channel is a group; the batch takes the role of its channels. */
const depthwiseFilterGradient: Lowering = (call) => {
  const { graph } = call;
  const { attrs, dy } = backprop(call, true);
  const x = input(call, "x");
  const windows = windowsOf(call, dy, attrs, (given) =>
    convolutionWindows(call, x.shape, attrs.filterShape, given, true),
  );
  const { batch, inChannels } = windows;
  const sizes = windows.axes.map(({ input }) => input);
  const images = reshape(graph, channelsOutermost(graph, x, windows), [1, inChannels * batch, ...sizes]);
  const gradient = filterGradient(graph, images, channelsOutermost(graph, dy, windows), windows, inChannels);
  const split = reshape(graph, gradient, [
    inChannels,
    (dy.shape.at(-1) as number) / inChannels,
    ...windows.axes.map(({ filter }) => filter),
  ]);
  const spatial = windows.axes.map((_, i) => i + 2);
  return transpose(graph, split, [...spatial, 0, 1]);
};

export const convolutionGradients: LoweringTable = {
  Conv2DBackpropInput: inputGradient(false),
  Conv2DBackpropFilter: ofSomeImages(convFilterGradient),
  Conv3DBackpropInputV2: inputGradient(false),
  Conv3DBackpropFilterV2: ofSomeImages(convFilterGradient),
  DepthwiseConv2dNativeBackpropInput: inputGradient(true),
  DepthwiseConv2dNativeBackpropFilter: ofSomeImages(depthwiseFilterGradient),
};
