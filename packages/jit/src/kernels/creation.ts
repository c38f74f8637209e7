import type { DataType } from "@tensorflow/tfjs-core";
import type { ElementType, Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { attributes, input, refuse } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, filled, reshape, where } from "./nodes.js";

function elementTypeOf(call: KernelCall, dtype: DataType | undefined): ElementType {
  if (dtype === undefined || dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype ?? "float32";
  return refuse(call, `the dtype ${dtype} has no compiled form; use float32, int32 or bool`);
}

const fill: Lowering = (call) => {
  const { shape, value, dtype } = attributes<{ shape: number[]; value: number | string; dtype?: DataType }>(call);
  if (typeof value === "string") return refuse(call, "strings have no compiled form");
  return filled(call.graph, shape, value, elementTypeOf(call, dtype));
};

function filledLike(value: number): Lowering {
  return (call) => {
    const x = input(call, "x");
    return filled(call.graph, x.shape, value, x.elementType);
  };
}

/** The numbers are computed by repeated addition in the result's precision, as in tfjs. */
function sequence(start: number, step: number, length: number, data: Float32Array | Int32Array) {
  if (length > 0) data[0] = start;
  for (let i = 1; i < length; i++) data[i] = (data[i - 1] as number) + step;
  return data;
}

const range: Lowering = (call) => {
  const { start, stop, step, dtype } = attributes<{
    start: number;
    stop: number;
    step: number;
    dtype: "float32" | "int32";
  }>(call);
  const isEmpty = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
  const length = isEmpty ? 0 : Math.abs(Math.ceil((stop - start) / step));
  const data = dtype === "int32" ? new Int32Array(length) : new Float32Array(length);
  sequence(start, stop < start && step === 1 ? -1 : step, length, data);
  return call.graph.constant(data, [length], dtype === "int32" ? "int32" : "float32");
};

const linSpace: Lowering = (call) => {
  const { start, stop, num } = attributes<{ start: number; stop: number; num: number }>(call);
  const data = sequence(start, (stop - start) / (num - 1), num, new Float32Array(num));
  return call.graph.constant(data, [num], "float32");
};

/** A mask of shape `[...indices, depth]`: true where the last axis' position is the index. */
export function oneHotMask(graph: GraphBuilder, indices: Value, depth: number): Value {
  const positions = graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    "int32",
  );
  const column = reshape(graph, cast(graph, indices, "int32"), [...indices.shape, 1]);
  return elementwise(graph, "Equal", [column, positions], "bool");
}

/** Does not use ONNX's OneHot, which counts negative indices from the end; here they give no hot element. */
const oneHot: Lowering = (call) => {
  const { graph } = call;
  const { depth, onValue, offValue, dtype } = attributes<{
    depth: number;
    onValue: number;
    offValue: number;
    dtype?: DataType;
  }>(call);
  const elementType = elementTypeOf(call, dtype);
  const mask = oneHotMask(graph, input(call, "indices"), depth);
  if (onValue === 1 && offValue === 0) return cast(graph, mask, elementType);
  return where(graph, mask, graph.scalar(onValue, elementType), graph.scalar(offValue, elementType));
};

const diag: Lowering = (call) => {
  const { graph } = call;
  const x = input(call, "x");
  const size = x.shape.reduce((product, dimension) => product * dimension, 1);
  const eye = Uint8Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const mask = graph.constant(eye, [size, size], "bool");
  const diagonal = where(graph, mask, reshape(graph, x, [size, 1]), graph.scalar(0, x.elementType));
  return reshape(graph, diagonal, [...x.shape, ...x.shape]);
};

export const creation: LoweringTable = {
  Fill: fill,
  ZerosLike: filledLike(0),
  OnesLike: filledLike(1),
  Range: range,
  LinSpace: linSpace,
  OneHot: oneHot,
  Diag: diag,
};
