import { backend_util } from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { refuse } from "./call.js";
import type { KernelCall } from "./lowering.js";
import { type SliceRange, slice, transpose } from "./nodes.js";

/** Windows that slide over the spatial axes of an image, for convolutions and pools. */

/** One spatial axis. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the first element; tfjs makes it negative in volumes whose windows are smaller than their stride. */
  readonly before: number;
  /** Zeros after the last element that the last window needs; negative if it omits elements. */
  readonly after: number;
}

export interface Windows {
  readonly axes: readonly WindowAxis[];
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly isChannelsLast: boolean;
}

/** The attributes of tfjs' convolutions and pools. */
export interface WindowAttributes {
  readonly strides: number | number[];
  readonly pad: "valid" | "same" | number | [number, number][];
  readonly dataFormat?: "NHWC" | "NCHW" | "NDHWC" | "NCDHW";
  readonly dilations?: number | number[];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * Windows of a convolution of an image of `inputShape` by a filter `[...spatial, in, out]`
 * (depthwise `[...spatial, in, multiplier]`). Output sizes are tfjs' own.
 */
export function convolutionWindows(
  call: KernelCall,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: WindowAttributes,
  isDepthwise = false,
): Windows {
  const { strides, pad, dataFormat = "NHWC", dilations, dimRoundingMode } = attrs;
  const isChannelsLast = dataFormat === "NHWC" || dataFormat === "NDHWC";
  const format = isChannelsLast ? "channelsLast" : "channelsFirst";
  if (inputShape.length === 5) {
    const info = backend_util.computeConv3DInfo(
      [...inputShape] as never,
      [...filterShape] as never,
      strides as never,
      (dilations ?? 1) as never,
      pad as never,
      isDepthwise,
      format,
      dimRoundingMode,
    );
    return windows(call, info, isChannelsLast, [
      axis(info.inDepth, info.outDepth, info.filterDepth, info.strideDepth, info.dilationDepth, info.padInfo.front),
      axis(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.dilationHeight, info.padInfo.top),
      axis(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, info.padInfo.left),
    ]);
  }
  const info = backend_util.computeConv2DInfo(
    [...inputShape] as never,
    [...filterShape] as never,
    strides as never,
    (dilations ?? 1) as never,
    pad as never,
    dimRoundingMode,
    isDepthwise,
    format,
  );
  return windows(call, info, isChannelsLast, [
    axis(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.dilationHeight, info.padInfo.top),
    axis(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, info.padInfo.left),
  ]);
}

/** Windows of a pool, as of a convolution by a filter of the same size. */
export function poolingWindows(
  call: KernelCall,
  inputShape: readonly number[],
  filterSize: number | readonly number[],
  attrs: WindowAttributes,
): Windows {
  const spatialRank = inputShape.length - 2;
  const sizes = typeof filterSize === "number" ? Array<number>(spatialRank).fill(filterSize) : filterSize;
  const isChannelsLast = attrs.dataFormat === undefined || attrs.dataFormat.endsWith("C");
  const channels = inputShape[isChannelsLast ? inputShape.length - 1 : 1] as number;
  return convolutionWindows(call, inputShape, [...sizes, channels, channels], { ...attrs, dilations: 1 });
}

const ROUNDINGS = ["floor", "ceil", "round"] as const;

/**
 * The windows that made `dy`. tfjs' gradients of 2D convolutions and pools do not know how the forward pass rounded the
 * output's size; the size of `dy` determines it.
 */
export function windowsOf(
  call: KernelCall,
  dy: Value,
  attrs: WindowAttributes,
  windowsFor: (attrs: WindowAttributes) => Windows,
): Windows {
  const known = windowsFor(attrs);
  const sizes = dy.shape.slice(known.isChannelsLast ? 1 : 2, known.isChannelsLast ? -1 : undefined);
  const fits = ({ axes }: Windows) => axes.every(({ output }, i) => output === sizes[i]);
  if (fits(known)) return known;
  // tfjs does not round here.
  const modes = attrs.pad === "same" || attrs.pad === "valid" ? [] : ROUNDINGS;
  for (const dimRoundingMode of modes) {
    const rounded = windowsFor({ ...attrs, dimRoundingMode });
    if (fits(rounded)) return rounded;
  }
  const [size, expected] = [known.axes.map(({ input }) => input), known.axes.map(({ output }) => output)];
  return refuse(call, `the size [${sizes}] does not fit: windows over [${size}] make [${expected}]`);
}

function windows(
  call: KernelCall,
  info: { batchSize: number; inChannels: number; outChannels: number },
  isChannelsLast: boolean,
  axes: readonly WindowAxis[],
): Windows {
  if (axes.some(({ output }) => output <= 0)) {
    refuse(call, `the filter does not fit into the image of size [${axes.map(({ input }) => input)}]`);
  }
  return { axes, batch: info.batchSize, inChannels: info.inChannels, outChannels: info.outChannels, isChannelsLast };
}

function axis(
  input: number,
  output: number,
  filter: number,
  stride: number,
  dilation: number,
  before: number,
): WindowAxis {
  const after = (output - 1) * stride + dilation * (filter - 1) + 1 - input - before;
  return { input, output, filter, stride, dilation, before, after };
}

/** Attribute values, one for each spatial axis. */
export function perAxis({ axes }: Windows, read: (axis: WindowAxis) => number): { ints: number[] } {
  return { ints: axes.map(read) };
}

/** ONNX's `pads`. Omitted elements at the end need no pad if they are fewer than a stride. */
export function pads({ axes }: Windows): { ints: number[] } {
  return { ints: [...axes.map(({ before }) => Math.max(before, 0)), ...axes.map(({ after }) => Math.max(after, 0))] };
}

/** Axes in the order batch, channels, spatial. */
export function toChannelsFirst(graph: GraphBuilder, x: Value, { isChannelsLast }: Windows): Value {
  if (!isChannelsLast) return x;
  const spatial = x.shape.slice(2).map((_, i) => i + 1);
  return transpose(graph, x, [0, x.shape.length - 1, ...spatial]);
}

/** The inverse of {@link toChannelsFirst}. */
export function fromChannelsFirst(graph: GraphBuilder, x: Value, { isChannelsLast }: Windows): Value {
  if (!isChannelsLast) return x;
  const spatial = x.shape.slice(2).map((_, i) => i + 2);
  return transpose(graph, x, [0, ...spatial, 1]);
}

/** Elements before the first window and after the last. */
export function unreadElements({ before, after }: WindowAxis): { first: number; last: number } {
  return { first: Math.max(-before, 0), last: Math.max(-after, 0) };
}

/**
 * Cuts off the elements of a `[_, _, ...spatial]` image that no window reads. With `leavesRemainder`, fewer than a
 * stride of them may stay at the end, because a forward Conv or pool skips them.
 */
export function cropUnread(graph: GraphBuilder, x: Value, { axes }: Windows, leavesRemainder: boolean): Value {
  const ranges = axes.map((axis, i): SliceRange => {
    const { first, last } = unreadElements(axis);
    const end = leavesRemainder && last < axis.stride ? 0 : last;
    return { axis: i + 2, start: first, size: axis.input - first - end };
  });
  return slice(graph, x, ranges);
}
