import { util } from "@tensorflow/tfjs-core";
import { UnsupportedKernelError } from "../errors.js";
import type { ElementType, Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import type { KernelCall } from "./lowering.js";
import { cast } from "./nodes.js";

/** Reads a {@link KernelCall}: inputs, attributes, and refusals of unsupported ones. */

/** The input named `name`. */
export function input(call: KernelCall, name: string): Value {
  const value = call.inputs[name];
  if (!value) throw new UnsupportedKernelError(`${call.kernel}: the input ${name} is missing`, { kernel: call.kernel });
  return value;
}

/** The attributes, with tfjs' types. */
export function attributes<T>(call: KernelCall): T {
  return call.attrs as T;
}

/** Refuses a call that is valid in tfjs. `reason` continues the sentence "Kernel: ...". */
export function refuse(call: KernelCall, reason: string): never {
  throw new UnsupportedKernelError(`${call.kernel}: ${reason}`, { kernel: call.kernel });
}

/** @throws UnsupportedKernelError unless `value` has one of the types. */
export function allowTypes(call: KernelCall, value: Value, ...allowed: readonly ElementType[]): void {
  if (!allowed.includes(value.elementType)) {
    refuse(call, `compiles for ${allowed.join(" and ")} only, got ${value.elementType}; cast the tensor first`);
  }
}

/** Axes as non-negative numbers, ascending; null or undefined means all. */
export function parseAxes(axis: number | readonly number[] | null | undefined, shape: readonly number[]): number[] {
  const axes = util.parseAxisParam(axis as number | number[], [...shape]);
  return [...new Set(axes)].sort((a, b) => a - b);
}

/** One axis as a non-negative number. */
export function parseAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

const WIDTH: Readonly<Record<ElementType, number>> = { bool: 0, int32: 1, int64: 2, float32: 3 };

/** Both values in the wider of their types, as tfjs upcasts operands. */
export function upcast(graph: GraphBuilder, a: Value, b: Value): [Value, Value] {
  const wider = WIDTH[a.elementType] >= WIDTH[b.elementType] ? a.elementType : b.elementType;
  return [cast(graph, a, wider), cast(graph, b, wider)];
}

/** The number in a constant of one element, otherwise undefined. */
export function constantNumber(graph: GraphBuilder, value: Value): number | undefined {
  const data = graph.constantData(value);
  return data?.length === 1 ? Number(data[0]) : undefined;
}
