import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, input } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, gather, scalarLike, stored, where, withScalar } from "./nodes.js";

/**
 * Functions of one real number. Times are per element on one core of the machine that the choices were measured on.
 */

/**
 * Logistic sigmoid as 1 / (1 + exp(-x)): relative error 3e-7 down to x = -88, and 0 below, where the value is under
 * 1e-38.
 * onnxruntime's Sigmoid is a clamped rational: relative error 0.6 % at -12, exactly 0 from -18 on.
 */
export function sigmoid(graph: GraphBuilder, x: Value, fastMath: boolean): Value {
  if (fastMath) return elementwise(graph, "Sigmoid", [x]);
  const exponential = elementwise(graph, "Exp", [elementwise(graph, "Neg", [x])]);
  return elementwise(graph, "Reciprocal", [withScalar(graph, "Add", exponential, 1)]);
}

/** From this size on, eleven vectorized nodes take less time than onnxruntime's scalar Softplus. */
const LARGE = 1024;

/**
 * log(1 + exp(x)) = max(x, 0) + log(1 + u) with u = exp(-|x|) in (0, 1], where log(1 + u) = log(w) - ((w - 1) - u) / w:
 * the second term corrects the rounding error of w = 1 + u, and is the whole result for u < 6e-8.
 * onnxruntime's Softplus is as accurate (3e-7) but takes 13 ns against 5.5 ns.
 */
function softplus(graph: GraphBuilder, x: Value, fastMath: boolean, isForAnySize = false): Value {
  if (fastMath || isForAnySize || sizeOf(x.shape) <= LARGE) return elementwise(graph, "Softplus", [x]);
  const u = elementwise(graph, "Exp", [elementwise(graph, "Neg", [elementwise(graph, "Abs", [x])])]);
  const { w, error } = onePlus(graph, u);
  const correction = elementwise(graph, "Div", [error, w]);
  const tail = elementwise(graph, "Sub", [elementwise(graph, "Log", [w]), correction]);
  return elementwise(graph, "Add", [elementwise(graph, "Relu", [x]), tail]);
}

/** `w = 1 + x` in float32 and the error of that rounding, `(w - 1) - x`. */
function onePlus(graph: GraphBuilder, x: Value) {
  const w = withScalar(graph, "Add", x, 1);
  const back = withScalar(graph, "Sub", w, 1);
  return { w, back, error: elementwise(graph, "Sub", [back, x]) };
}

/**
 * log(1 + x), corrected as in {@link softplus}. The correction is skipped if it is 0, which includes x = -1 and
 * infinity.
 */
function log1p(graph: GraphBuilder, x: Value, fastMath: boolean): Value {
  if (fastMath) return elementwise(graph, "Log", [withScalar(graph, "Add", x, 1)]);
  const { w, back, error } = onePlus(graph, x);
  const log = elementwise(graph, "Log", [w]);
  const corrected = elementwise(graph, "Sub", [log, elementwise(graph, "Div", [error, w])]);
  return where(graph, elementwise(graph, "Equal", [back, x], "bool"), log, corrected);
}

/** exp(x) - 1 = tanh(x / 2) (exp(x) + 1), accurate to 4e-7 everywhere, because the formula has no cancellation. */
function expm1(graph: GraphBuilder, x: Value, fastMath: boolean): Value {
  const exponential = elementwise(graph, "Exp", [x]);
  if (fastMath) return withScalar(graph, "Sub", exponential, 1);
  const tanh = elementwise(graph, "Tanh", [withScalar(graph, "Mul", x, 0.5)]);
  return elementwise(graph, "Mul", [tanh, withScalar(graph, "Add", exponential, 1)]);
}

function rsqrt(graph: GraphBuilder, x: Value): Value {
  return elementwise(graph, "Reciprocal", [elementwise(graph, "Sqrt", [x])]);
}

type RealFunction = (graph: GraphBuilder, x: Value, fastMath: boolean, isForAnySize?: boolean) => Value;

/** The result is a float even for integers. */
function toFloat(lower: RealFunction): Lowering {
  return (call) => {
    const x = input(call, "x");
    allowTypes(call, x, "float32", "int32", "bool");
    return lower(call.graph, cast(call.graph, x, "float32"), call.options.fastMath);
  };
}

/** A function that tfjs calls only with floats. */
function ofFloats(lower: RealFunction): Lowering {
  return (call) => {
    const x = input(call, "x");
    allowTypes(call, x, "float32");
    return lower(call.graph, x, call.options.fastMath);
  };
}

type IntegerFunction = (graph: GraphBuilder, x: Value) => Value;

/** tfjs stores the result in the input's type. `ofIntegers` is used if float32 cannot represent the result. */
function sameType(lower: RealFunction, ofIntegers?: IntegerFunction): Lowering {
  return (call: KernelCall) => {
    const { graph, options } = call;
    const x = input(call, "x");
    allowTypes(call, x, "float32", "int32");
    if (x.elementType === "float32") return lower(graph, x, options.fastMath, options.isForAnySize);
    return ofIntegers?.(graph, x) ?? stored(graph, lower(graph, cast(graph, x, "float32"), options.fastMath));
  };
}

/** A function of integers by a table of its values from `-last` to `last`; beyond them it is constant. */
function tabulated(f: (x: number) => number, last: number): IntegerFunction {
  const table = Int32Array.from({ length: 2 * last + 3 }, (_, i) => {
    const x = i - last - 1;
    return f(Math.abs(x) > last ? x * Number.POSITIVE_INFINITY : x);
  });
  return (graph, x) => {
    const inside = graph.op("Clip", [x, scalarLike(graph, x, -last - 1), scalarLike(graph, x, last + 1)], {}, x);
    return gather(graph, graph.constant(table, [table.length], "int32"), withScalar(graph, "Add", inside, last + 1), 0);
  };
}

/** exp(710) is infinite. */
const LAST_EXPONENT = 710;

/** From here on softplus(x) truncates to x. */
const LINEAR_SOFTPLUS = 20;

function softplusOfIntegers(graph: GraphBuilder, x: Value): Value {
  const small = stored(graph, softplus(graph, cast(graph, x, "float32"), false));
  return where(graph, withScalar(graph, "Greater", x, LINEAR_SOFTPLUS, "bool"), x, small);
}

function node(opType: string): RealFunction {
  return (graph, x) => elementwise(graph, opType, [x]);
}

export const math: LoweringTable = {
  Exp: toFloat(node("Exp")),
  Expm1: sameType(expm1, tabulated(Math.expm1, LAST_EXPONENT)),
  Log: ofFloats(node("Log")),
  Log1p: sameType(log1p),
  Sqrt: ofFloats(node("Sqrt")),
  Rsqrt: ofFloats(rsqrt),
  Reciprocal: sameType(node("Reciprocal")),
  Sigmoid: ofFloats(sigmoid),
  Softplus: sameType(softplus, softplusOfIntegers),
  Erf: ofFloats(node("Erf")),
  Sin: ofFloats(node("Sin")),
  Cos: ofFloats(node("Cos")),
  Tan: ofFloats(node("Tan")),
  Asin: sameType(node("Asin")),
  Acos: sameType(node("Acos")),
  Atan: sameType(node("Atan")),
  Sinh: sameType(node("Sinh"), tabulated(Math.sinh, LAST_EXPONENT)),
  Cosh: ofFloats(node("Cosh")),
  Tanh: ofFloats(node("Tanh")),
  Asinh: sameType(node("Asinh")),
  Acosh: sameType(node("Acosh")),
  Atanh: sameType(node("Atanh")),
};
