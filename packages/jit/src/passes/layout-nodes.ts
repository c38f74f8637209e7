import type { Value, ValueType } from "../ir/graph.js";
import type { Rewriting } from "./rewriter.js";

/** Nodes that move numbers or change shapes, for the rules of passes. */

export function float(shape: readonly number[]): ValueType {
  return { elementType: "float32", shape };
}

/** A constant vector, as ONNX expects for shapes, axes and pads. */
export function ints(values: readonly number[], rewriting: Rewriting): Value {
  return rewriting.addConstant(BigInt64Array.from(values, BigInt), { elementType: "int64", shape: [values.length] });
}

export function reshape(x: Value, shape: readonly number[], rewriting: Rewriting): Value {
  const type = { elementType: x.elementType, shape };
  return rewriting.op("Reshape", [x, ints(shape, rewriting)], { allowzero: { int: 1 } }, type);
}

export function transpose(x: Value, perm: readonly number[], rewriting: Rewriting): Value {
  const type = { elementType: x.elementType, shape: perm.map((axis) => x.shape[axis]!) };
  return rewriting.op("Transpose", [x], { perm: { ints: perm } }, type);
}

/** Rows of the middle axis. */
export function gather(x: Value, indices: readonly number[], rewriting: Rewriting): Value {
  const constant = rewriting.addConstant(Int32Array.from(indices), { elementType: "int32", shape: [indices.length] });
  return rewriting.op("Gather", [x, constant], { axis: { int: 1 } }, float([x.shape[0]!, indices.length, x.shape[2]!]));
}

/** `[batch, n, channels]` to `[batch, n + 1, channels]`. */
export function withZeroRow(x: Value, rewriting: Rewriting): Value {
  const [batch, rows, channels] = x.shape as [number, number, number];
  const zeros = rewriting.addConstant(new Float32Array(batch * channels), float([batch, 1, channels]));
  return rewriting.op("Concat", [x, zeros], { axis: { int: 1 } }, float([batch, rows + 1, channels]));
}
