import { backend_util } from "@tensorflow/tfjs-core";
import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input, refuse } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { sigmoid } from "./math.js";
import { broadcastShapes, cast, elementwise, sameShape, scalarLike, where, withScalar } from "./nodes.js";

const relu: Lowering = (call) => {
  const x = input(call, "x");
  allowTypes(call, x, "float32", "int32");
  return elementwise(call.graph, "Relu", [x]);
};

const relu6: Lowering = (call) => {
  const x = input(call, "x");
  allowTypes(call, x, "float32", "int32");
  return clipTo6(call.graph, x);
};

function clipTo6(graph: GraphBuilder, x: Value): Value {
  return graph.op("Clip", [x, scalarLike(graph, x, 0), scalarLike(graph, x, 6)], {}, x);
}

function elu(graph: GraphBuilder, x: Value): Value {
  return elementwise(graph, "Elu", [x], x.elementType, { alpha: { float: 1 } });
}

/** dy for y >= 0, otherwise dy (y + 1), since d/dx (exp(x) - 1) = exp(x) = y + 1. */
const eluGrad: Lowering = (call) => {
  const { graph } = call;
  const y = input(call, "y");
  allowTypes(call, y, "float32");
  const slope = withScalar(graph, "Add", withScalar(graph, "Min", y, 0), 1);
  return elementwise(graph, "Mul", [input(call, "dy"), slope]);
};

/** ONNX's Selu is gamma (alpha exp(x) - alpha) for x <= 0; tfjs names gamma SCALE and gamma alpha SCALEALPHA. */
const selu: Lowering = (call) => {
  const x = input(call, "x");
  allowTypes(call, x, "float32");
  return elementwise(call.graph, "Selu", [x], "float32", {
    alpha: { float: backend_util.SELU_SCALEALPHA / backend_util.SELU_SCALE },
    gamma: { float: backend_util.SELU_SCALE },
  });
};

/** The result is a float even for integers. */
function leakyRelu(graph: GraphBuilder, x: Value, alpha: number): Value {
  return elementwise(graph, "LeakyRelu", [cast(graph, x, "float32")], "float32", { alpha: { float: alpha } });
}

function prelu(graph: GraphBuilder, x: Value, alpha: Value): Value {
  const values = cast(graph, x, "float32");
  const slope = cast(graph, alpha, "float32");
  const shape = broadcastShapes(values.shape, slope.shape);
  // PRelu broadcasts its slope to x, never x to its slope.
  if (sameShape(shape, values.shape)) return graph.op("PRelu", [values, slope], {}, { elementType: "float32", shape });
  const negative = withScalar(graph, "Less", values, 0, "bool");
  return where(graph, negative, elementwise(graph, "Mul", [slope, values]), values);
}

/** 1 for x > 0, otherwise alpha. The minimum with max(x, 1, alpha) keeps NaN and changes nothing else. */
const step: Lowering = (call) => {
  const { graph, options } = call;
  const x = input(call, "x");
  const { alpha } = attributes<{ alpha: number }>(call);
  allowTypes(call, x, "float32", "int32");
  const positive = withScalar(graph, "Greater", x, 0, "bool");
  const zeroOne =
    alpha === 0
      ? cast(graph, positive, x.elementType)
      : where(graph, positive, scalarLike(graph, x, 1), scalarLike(graph, x, Math.fround(alpha)));
  if (options.fastMath || x.elementType !== "float32") return zeroOne;
  return elementwise(graph, "Min", [zeroOne, withScalar(graph, "Max", x, Math.max(1, alpha))]);
};

/** The activation of a fused tfjs kernel, by name. */
export function activate(call: KernelCall, x: Value): Value {
  const { graph, options } = call;
  const { activation, leakyreluAlpha } = attributes<{ activation?: string; leakyreluAlpha?: number }>(call);
  switch (activation) {
    case undefined:
    case null:
    case "linear":
      return x;
    case "relu":
      return elementwise(graph, "Relu", [x]);
    case "relu6":
      return clipTo6(graph, x);
    case "elu":
      return elu(graph, x);
    case "sigmoid":
      return sigmoid(graph, x, options.fastMath);
    case "leakyrelu":
      return leakyRelu(graph, x, leakyreluAlpha ?? 0.2);
    case "prelu":
      return prelu(graph, x, input(call, "preluActivationWeights"));
    default:
      return refuse(call, `the activation ${activation} is unknown`);
  }
}

export const activations: LoweringTable = {
  Relu: relu,
  Relu6: relu6,
  Elu: (call) => {
    const x = input(call, "x");
    allowTypes(call, x, "float32");
    return elu(call.graph, x);
  },
  EluGrad: eluGrad,
  Selu: selu,
  LeakyRelu: (call) => leakyRelu(call.graph, input(call, "x"), attributes<{ alpha: number }>(call).alpha),
  Prelu: (call) => prelu(call.graph, input(call, "x"), input(call, "alpha")),
  Step: step,
};
