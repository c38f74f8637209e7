import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { allowTypes, constantNumber, input, upcast } from "./call.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, scalarLike, where, withScalar } from "./nodes.js";

/**
 * Integer division with remainder, rounding down. onnxruntime stops a run at a zero divisor, and the processor raises a
 * signal that ends the process at -2^31 / -1, so divisors 0 and -1 are replaced unless they are known not to occur.
 */

interface Divisor {
  /** The divisor, with 0 and -1 replaced by 1. */
  readonly safe: Value;
  /** Masks of the divisors 0 and -1; undefined if these are known not to occur. */
  readonly special?: { readonly zero: Value; readonly minusOne: Value };
}

function divisor(graph: GraphBuilder, b: Value): Divisor {
  const data = graph.constantData(b);
  if (data && Array.from(data, Number).every((value) => value !== 0 && value !== -1)) return { safe: b };
  const zero = withScalar(graph, "Equal", b, 0, "bool");
  const minusOne = withScalar(graph, "Equal", b, -1, "bool");
  const replaced = elementwise(graph, "Or", [zero, minusOne]);
  return { safe: where(graph, replaced, scalarLike(graph, b, 1), b), special: { zero, minusOne } };
}

/** `floor(a / b)`; 0 for b = 0, because tfjs stores infinite or undefined quotients as the integer 0. */
function floorDivideIntegers(graph: GraphBuilder, a: Value, b: Value): Value {
  const { safe, special } = divisor(graph, b);
  const truncated = elementwise(graph, "Div", [a, safe]);
  const back = elementwise(graph, "Mul", [truncated, safe]);
  const fixed = constantNumber(graph, b);
  // Truncation is one too high if the remainder and the divisor have different signs.
  const tooHigh =
    fixed !== undefined && fixed > 0
      ? elementwise(graph, "Greater", [back, a], "bool")
      : withScalar(
          graph,
          "Less",
          elementwise(graph, "Mul", [elementwise(graph, "Sub", [a, back]), elementwise(graph, "Sign", [safe])]),
          0,
          "bool",
        );
  const quotient = elementwise(graph, "Sub", [truncated, cast(graph, tooHigh, "int32")]);
  if (!special) return quotient;
  const negated = where(graph, special.minusOne, elementwise(graph, "Neg", [a]), quotient);
  return where(graph, special.zero, scalarLike(graph, a, 0), negated);
}

/** The result is int32 for every input type. */
const floorDiv: Lowering = (call) => {
  const { graph } = call;
  const [a, b] = upcast(graph, input(call, "a"), input(call, "b"));
  allowTypes(call, a, "float32", "int32");
  if (a.elementType === "int32") return floorDivideIntegers(graph, a, b);
  return cast(graph, elementwise(graph, "Floor", [elementwise(graph, "Div", [a, b])]), "int32");
};

/** The remainder with the divisor's sign. */
const mod: Lowering = (call) => {
  const { graph } = call;
  const [a, b] = upcast(graph, input(call, "a"), input(call, "b"));
  allowTypes(call, a, "float32", "int32");
  // Modulo 1 is 0, which is also tfjs' answer for 0 and -1.
  if (a.elementType === "int32") return elementwise(graph, "Mod", [a, divisor(graph, b).safe]);
  const fmod = (x: Value) => elementwise(graph, "Mod", [x, b], "float32", { fmod: { int: 1 } });
  const remainder = fmod(a);
  // The second remainder matters if the sum is rounded to the divisor, or is infinite.
  const shifted = fmod(elementwise(graph, "Add", [remainder, b]));
  const isNegative = withScalar(graph, "Less", a, 0, "bool");
  const fixed = constantNumber(graph, b);
  if (fixed !== undefined && fixed > 0) return where(graph, isNegative, shifted, remainder);
  const isOpposite = elementwise(graph, "Xor", [isNegative, withScalar(graph, "Less", b, 0, "bool")]);
  return where(graph, isOpposite, shifted, remainder);
};

export const division: LoweringTable = { FloorDiv: floorDiv, Mod: mod };
