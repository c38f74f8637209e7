import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input } from "./call.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import { elementwise, reshape, transpose, withScalar } from "./nodes.js";

/** offset + (x - mean) scale / sqrt(variance + epsilon); the small factor is computed once per channel. */
const fusedBatchNorm: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  allowTypes(call, x, "float32");
  const { varianceEpsilon } = attributes<{ varianceEpsilon?: number }>(call);
  const variance = withScalar(graph, "Add", input(call, "variance"), varianceEpsilon ?? 0.001);
  const deviation = elementwise(graph, "Sqrt", [variance]);
  const { scale, offset } = call.inputs;
  const factor = scale ? elementwise(graph, "Div", [scale, deviation]) : elementwise(graph, "Reciprocal", [deviation]);
  const centred = elementwise(graph, "Sub", [x, input(call, "mean")]);
  const scaled = elementwise(graph, "Mul", [centred, factor]);
  return offset ? elementwise(graph, "Add", [scaled, offset]) : scaled;
};

interface ResponseAttributes {
  readonly depthRadius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/** ONNX divides alpha by the window's size. */
const localResponse: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  allowTypes(call, x, "float32");
  const { depthRadius, bias, alpha, beta } = attributes<ResponseAttributes>(call);
  const size = 2 * depthRadius + 1;
  const channelsFirst = transpose(graph, x, [0, 3, 1, 2]);
  const result = elementwise(graph, "LRN", [channelsFirst], "float32", {
    size: { int: size },
    bias: { float: bias },
    alpha: { float: alpha * size },
    beta: { float: beta },
  });
  return transpose(graph, result, [0, 2, 3, 1]);
};

/**
 * Sums of `x` over the channels at most `radius` away: an average that includes its padding, times the window's size.
 */
function channelSums(graph: GraphBuilder, x: Value, radius: number): Value {
  const channels = x.shape.at(-1) as number;
  const rows = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const lines = reshape(graph, x, [rows, 1, channels]);
  const averages = graph.op(
    "AveragePool",
    [lines],
    {
      kernel_shape: { ints: [2 * radius + 1] },
      strides: { ints: [1] },
      pads: { ints: [radius, radius] },
      count_include_pad: { int: 1 },
    },
    lines,
  );
  return reshape(graph, withScalar(graph, "Mul", averages, 2 * radius + 1), x.shape);
}

/** With n = bias + alpha sum x^2 and y = x n^-beta: dx = dy n^-beta - 2 alpha beta x sum(dy y / n). */
const localResponseGrad: Lowering = (call) => {
  const { graph } = call;
  const [x, y, dy] = [input(call, "x"), input(call, "y"), input(call, "dy")];
  const { depthRadius, bias, alpha, beta } = attributes<ResponseAttributes>(call);
  const squares = channelSums(graph, elementwise(graph, "Mul", [x, x]), depthRadius);
  const norm = withScalar(graph, "Add", withScalar(graph, "Mul", squares, alpha), bias);
  const direct = elementwise(graph, "Mul", [dy, withScalar(graph, "Pow", norm, -beta)]);
  const ratios = elementwise(graph, "Div", [elementwise(graph, "Mul", [dy, y]), norm]);
  const spread = elementwise(graph, "Mul", [x, channelSums(graph, ratios, depthRadius)]);
  return elementwise(graph, "Sub", [direct, withScalar(graph, "Mul", spread, 2 * alpha * beta)]);
};

export const normalization: LoweringTable = {
  FusedBatchNorm: fusedBatchNorm,
  LRN: localResponse,
  LRNGrad: localResponseGrad,
};
