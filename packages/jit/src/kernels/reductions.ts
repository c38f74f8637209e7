import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, attributes, input, parseAxes, parseAxis } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, filled, reduce, reducedShape, reshape, where, withScalar, wrapped } from "./nodes.js";

interface ReductionAttributes {
  readonly axis?: number | readonly number[];
  /** The name of the axis attribute of Max. */
  readonly reductionIndices?: number | readonly number[];
  readonly keepDims: boolean;
}

interface Reduction {
  readonly x: Value;
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Axes of size 1 that are not kept need only a Reshape. ONNX cannot reduce empty tensors. */
function reduction(call: KernelCall): Reduction {
  const x = input(call, "x");
  const { axis, reductionIndices, keepDims } = attributes<ReductionAttributes>(call);
  return { x, axes: parseAxes(axis ?? reductionIndices, x.shape), keepDims: keepDims === true };
}

function reduceOrReshape(graph: GraphBuilder, opType: string, { x, axes, keepDims }: Reduction): Value {
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(graph, x, reducedShape(x.shape, axes, keepDims));
  return reduce(graph, opType, x, axes, keepDims);
}

/** Sum and product; masks are counted as integers. `empty` is the result for an empty tensor. */
function total(opType: string, empty: number): Lowering {
  return (call) => {
    const { graph } = call;
    const { x, axes, keepDims } = reduction(call);
    const numbers = x.elementType === "bool" ? cast(graph, x, "int32") : x;
    if (sizeOf(x.shape) === 0) return filled(graph, reducedShape(x.shape, axes, keepDims), empty, numbers.elementType);
    if (x.elementType !== "int32") return reduceOrReshape(graph, opType, { x: numbers, axes, keepDims });
    return wrapped(graph, reduceOrReshape(graph, opType, { x: cast(graph, x, "int64"), axes, keepDims }));
  };
}

const mean: Lowering = (call) => {
  const { graph } = call;
  const { x, axes, keepDims } = reduction(call);
  if (sizeOf(x.shape) === 0) return filled(graph, reducedShape(x.shape, axes, keepDims), 0, "float32");
  if (x.elementType !== "int32") {
    return reduceOrReshape(graph, "ReduceMean", { x: cast(graph, x, "float32"), axes, keepDims });
  }
  // Large integers may cancel.
  const sum = cast(
    graph,
    reduceOrReshape(graph, "ReduceSum", { x: cast(graph, x, "int64"), axes, keepDims }),
    "float32",
  );
  return withScalar(graph, "Div", sum, sizeOf(axes.map((axis) => x.shape[axis]!)));
};

/**
 * onnxruntime's ReduceMax and ReduceMin skip NaN, tfjs returns it. The result for an empty tensor is NaN, or 0 for
 * integers.
 */
function extremum(opType: string): Lowering {
  return (call) => {
    const { graph, options } = call;
    const { x, axes, keepDims } = reduction(call);
    const isBool = x.elementType === "bool";
    if (sizeOf(x.shape) === 0) return filled(graph, reducedShape(x.shape, axes, keepDims), Number.NaN, x.elementType);
    const values = isBool ? cast(graph, x, "int32") : x;
    const result = reduceOrReshape(graph, opType, { x: values, axes, keepDims });
    if (isBool) return cast(graph, result, "bool");
    if (x.elementType === "int32" || options.fastMath || axes.every((axis) => x.shape[axis] === 1)) return result;
    const nans = cast(graph, elementwise(graph, "IsNaN", [x], "bool"), "int32");
    const anyNaN = cast(graph, reduce(graph, "ReduceMax", nans, axes, keepDims), "bool");
    return where(graph, anyNaN, graph.scalar(Number.NaN, "float32"), result);
  };
}

/**
 * All and Any are the minimum and maximum of 0 and 1: ONNX reduces bool only from opset 20 on. For empty tensors both
 * are false, as on the tfjs cpu backend.
 */
function quantifier(opType: string): Lowering {
  return (call) => {
    const { graph } = call;
    const { x, axes, keepDims } = reduction(call);
    allowTypes(call, x, "bool");
    if (sizeOf(x.shape) === 0) return filled(graph, reducedShape(x.shape, axes, keepDims), 0, "bool");
    const result = reduceOrReshape(graph, opType, { x: cast(graph, x, "int32"), axes, keepDims });
    return cast(graph, result, "bool");
  };
}

/** The first of equal extremes; 0 for an empty tensor. */
function argument(opType: string): Lowering {
  return (call) => {
    const { graph } = call;
    const x = input(call, "x");
    const values = x.elementType === "bool" ? cast(graph, x, "int32") : x;
    const axis = parseAxes(attributes<{ axis: number }>(call).axis, x.shape)[0] ?? 0;
    const shape = reducedShape(x.shape, [axis], false);
    if (sizeOf(x.shape) === 0) return filled(graph, shape, 0, "int32");
    const index = graph.op(
      opType,
      [values],
      { axis: { int: axis }, keepdims: { int: 0 }, select_last_index: { int: 0 } },
      { elementType: "int64", shape },
    );
    return cast(graph, index, "int32");
  };
}

function softmax(opType: string, axisName: "dim" | "axis"): Lowering {
  return (call) => {
    const logits = input(call, "logits");
    allowTypes(call, logits, "float32");
    const axis = parseAxis(attributes<Record<string, number>>(call)[axisName] ?? -1, logits.shape.length);
    return elementwise(call.graph, opType, [logits], "float32", { axis: { int: axis } });
  };
}

export const reductions: LoweringTable = {
  Sum: total("ReduceSum", 0),
  Prod: total("ReduceProd", 1),
  Mean: mean,
  Max: extremum("ReduceMax"),
  Min: extremum("ReduceMin"),
  All: quantifier("ReduceMin"),
  Any: quantifier("ReduceMax"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  Softmax: softmax("Softmax", "dim"),
  LogSoftmax: softmax("LogSoftmax", "axis"),
};
