import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, constantNumber, input, upcast } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, filled, scalarLike, where, withScalar, wrapped } from "./nodes.js";

/** A kernel of two operands that becomes one ONNX node, for numbers only. */
function binary(opType: string): Lowering {
  return (call) => {
    const [a, b] = operands(call);
    allowTypes(call, a, "float32", "int32");
    return elementwise(call.graph, opType, [a, b]);
  };
}

function operands(call: KernelCall): [Value, Value] {
  return upcast(call.graph, input(call, "a"), input(call, "b"));
}

/** The product of two masks is their conjunction. */
const multiply: Lowering = (call) => {
  const [a, b] = operands(call);
  return elementwise(call.graph, a.elementType === "bool" ? "And" : "Mul", [a, b]);
};

/** `tf.div` itself uses FloorDiv for integers. */
const realDiv: Lowering = (call) => {
  const [a, b] = operands(call);
  allowTypes(call, a, "float32");
  return elementwise(call.graph, "Div", [a, b]);
};

const squaredDifference: Lowering = (call) => {
  const [a, b] = operands(call);
  allowTypes(call, a, "float32", "int32");
  const difference = elementwise(call.graph, "Sub", [a, b]);
  return elementwise(call.graph, "Mul", [difference, difference]);
};

const addN: Lowering = (call) => {
  const { graph, list } = call;
  const first = list[0] as Value;
  allowTypes(call, first, "float32", "int32");
  const terms = list.map((term) => cast(graph, term, first.elementType));
  // onnxruntime's n-ary Sum is for floats.
  if (first.elementType === "int32") return terms.reduce((sum, term) => elementwise(graph, "Add", [sum, term]));
  return terms.length === 1 ? first : elementwise(graph, "Sum", terms);
};

/** Squares become one product: onnxruntime's general Pow takes 20 times as long. */
const pow: Lowering = (call) => {
  const { graph } = call;
  const [a, b] = operands(call);
  allowTypes(call, a, "float32", "int32");
  const exponent = b.shape.length === 0 ? constantNumber(graph, b) : undefined;
  if (exponent === 1) return a;
  if (exponent === 2) return elementwise(graph, "Mul", [a, a]);
  if (exponent === -1 && a.elementType === "float32") return elementwise(graph, "Reciprocal", [a]);
  return a.elementType === "int32" ? powerOfIntegers(graph, a, b) : elementwise(graph, "Pow", [a, b]);
};

/** onnxruntime computes it in float64, as tfjs does. 0 to a negative power is infinite, which is stored as 0. */
function powerOfIntegers(graph: GraphBuilder, a: Value, b: Value): Value {
  const infinite = elementwise(graph, "And", [
    withScalar(graph, "Equal", a, 0, "bool"),
    withScalar(graph, "Less", b, 0, "bool"),
  ]);
  const base = where(graph, infinite, scalarLike(graph, a, 1), a);
  const power = elementwise(graph, "Pow", [cast(graph, base, "int64"), cast(graph, b, "int64")]);
  return where(graph, infinite, scalarLike(graph, a, 0), wrapped(graph, power));
}

const bitwiseAnd: Lowering = (call) => {
  const [a, b] = operands(call);
  allowTypes(call, a, "int32");
  return elementwise(call.graph, "BitwiseAnd", [a, b]);
};

/**
 * ONNX has no Atan2: the arctangent of the smaller over the larger magnitude, reflected into the right octant.
 * Equal magnitudes (0/0 and inf/inf included) have the ratio sign(|a|).
 */
const atan2: Lowering = (call) => {
  const { graph } = call;
  const [a, b] = operands(call);
  allowTypes(call, a, "float32");
  const zero = graph.scalar(0, "float32");
  const absA = elementwise(graph, "Abs", [a]);
  const absB = elementwise(graph, "Abs", [b]);
  const smaller = elementwise(graph, "Min", [absA, absB]);
  const larger = elementwise(graph, "Max", [absA, absB]);
  const ratio = where(
    graph,
    elementwise(graph, "Equal", [smaller, larger], "bool"),
    elementwise(graph, "Sign", [larger]),
    elementwise(graph, "Div", [smaller, larger]),
  );
  const octant = elementwise(graph, "Atan", [ratio]);
  const steep = elementwise(graph, "Greater", [absA, absB], "bool");
  const quadrant = where(graph, steep, minus(graph, Math.PI / 2, octant), octant);
  const left = elementwise(graph, "Less", [b, zero], "bool");
  const half = where(graph, left, minus(graph, Math.PI, quadrant), quadrant);
  const below = elementwise(graph, "Less", [a, zero], "bool");
  return where(graph, below, elementwise(graph, "Neg", [half]), half);
};

function minus(graph: GraphBuilder, minuend: number, x: Value): Value {
  return elementwise(graph, "Sub", [graph.scalar(minuend, "float32"), x]);
}

/** A kernel of one operand that becomes one ONNX node, for numbers only. */
function unary(opType: string): Lowering {
  return (call) => {
    const x = input(call, "x");
    allowTypes(call, x, "float32", "int32");
    return elementwise(call.graph, opType, [x]);
  };
}

const square: Lowering = (call) => {
  const x = input(call, "x");
  allowTypes(call, x, "float32", "int32");
  return elementwise(call.graph, "Mul", [x, x]);
};

const clipByValue: Lowering = (call) => {
  const x = input(call, "x");
  const { clipValueMin, clipValueMax } = call.attrs as { clipValueMin: number; clipValueMax: number };
  allowTypes(call, x, "float32", "int32");
  // A fractional bound is truncated towards zero if it is reached, as in tfjs.
  const ofType = (bound: number) =>
    x.elementType === "int32" ? Math.trunc(Math.max(-(2 ** 31), Math.min(bound, 2 ** 31 - 1))) : bound;
  const bounds = [clipValueMin, clipValueMax].map((bound) => call.graph.scalar(ofType(bound), x.elementType));
  return call.graph.op("Clip", [x, ...bounds], {}, x);
};

/** Rounding does not change integers. */
function rounding(opType: string): Lowering {
  return (call) => {
    const x = input(call, "x");
    allowTypes(call, x, "float32", "int32");
    return x.elementType === "int32" ? x : elementwise(call.graph, opType, [x]);
  };
}

/** `Infinity` and NaN exist in floats only. */
function classify(lower: (graph: GraphBuilder, x: Value) => Value, forIntegers: 0 | 1): Lowering {
  return (call) => {
    const x = input(call, "x");
    return x.elementType === "float32" ? lower(call.graph, x) : filled(call.graph, x.shape, forIntegers, "bool");
  };
}

const finite = classify((graph, x) => {
  // NaN compares false, as infinity does.
  return withScalar(graph, "Less", elementwise(graph, "Abs", [x]), Number.POSITIVE_INFINITY, "bool");
}, 1);

export const arithmetic: LoweringTable = {
  Add: binary("Add"),
  Sub: binary("Sub"),
  Multiply: multiply,
  RealDiv: realDiv,
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  SquaredDifference: squaredDifference,
  AddN: addN,
  Pow: pow,
  BitwiseAnd: bitwiseAnd,
  Atan2: atan2,
  Neg: unary("Neg"),
  Abs: unary("Abs"),
  Sign: unary("Sign"),
  Square: square,
  ClipByValue: clipByValue,
  Ceil: rounding("Ceil"),
  Floor: rounding("Floor"),
  Round: rounding("Round"),
  IsNan: classify((graph, x) => elementwise(graph, "IsNaN", [x], "bool"), 0),
  IsInf: classify((graph, x) => elementwise(graph, "IsInf", [x], "bool"), 0),
  IsFinite: finite,
};
