import type { Attribute, Value } from "../ir/graph.js";
import { sizeOf } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { activate } from "./activations.js";
import { allowTypes, attributes, input, upcast } from "./call.js";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.js";
import { broadcastShapes, cast, elementwise, matMul, reshape, sameShape, transpose } from "./nodes.js";

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Matrices: `a` [m, k] or, transposed, [k, m]; `b` likewise; `c` is added if it broadcasts to [m, n]. */
function gemm(graph: GraphBuilder, a: Value, b: Value, { transposeA, transposeB }: MatMulAttributes, c?: Value): Value {
  const shape = [a.shape[transposeA ? 1 : 0] as number, b.shape[transposeB ? 0 : 1] as number];
  const flags: Record<string, Attribute> = {};
  if (transposeA) flags.transA = { int: 1 };
  if (transposeB) flags.transB = { int: 1 };
  return graph.op("Gemm", c ? [a, b, c] : [a, b], flags, { elementType: "float32", shape });
}

function swapLast(graph: GraphBuilder, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(graph, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** The product, and whether it includes the bias. */
function product(call: KernelCall, bias?: Value): { result: Value; hasBias: boolean } {
  const { graph } = call;
  const [a, b] = upcast(graph, input(call, "a"), input(call, "b"));
  allowTypes(call, a, "float32", "int32");
  const flags = attributes<MatMulAttributes>(call);
  const inner = [a.shape.at(flags.transposeA ? -2 : -1), b.shape.at(flags.transposeB ? -1 : -2)];
  if (inner[0] !== inner[1]) throw new RangeError(`the inner sizes ${inner[0]} and ${inner[1]} must be equal`);
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const isMatrix = a.elementType === "float32" && sizeOf(batchA) === 1 && sizeOf(batchB) === 1;
  if (isMatrix) {
    const matrices = [a, b].map((x) => reshape(graph, x, x.shape.slice(-2))) as [Value, Value];
    const m = a.shape.at(flags.transposeA ? -1 : -2) as number;
    const n = b.shape.at(flags.transposeB ? -2 : -1) as number;
    const hasBias =
      bias !== undefined && bias.shape.length <= 2 && sameShape(broadcastShapes(bias.shape, [m, n]), [m, n]);
    const result = gemm(graph, ...matrices, flags, hasBias ? bias : undefined);
    return { result: reshape(graph, result, [...broadcastShapes(batchA, batchB), m, n]), hasBias };
  }
  if (a.elementType === "float32" && flags.transposeB && !flags.transposeA && sizeOf(batchB) === 1) {
    // With one matrix b for the whole batch, the rows of the batch form one tall matrix, and Gemm transposes b for
    // free.
    const rows = reshape(graph, a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1) as number]);
    const tall = gemm(graph, rows, reshape(graph, b, b.shape.slice(-2)), flags);
    const shape = [...broadcastShapes(batchA, batchB), a.shape.at(-2) as number, b.shape.at(-2) as number];
    return { result: reshape(graph, tall, shape), hasBias: false };
  }
  const left = flags.transposeA ? swapLast(graph, a) : a;
  const right = flags.transposeB ? swapLast(graph, b) : b;
  return { result: matMul(graph, left, right), hasBias: false };
}

const batchMatMul: Lowering = (call) => product(call).result;

const fusedMatMul: Lowering = (call) => {
  const bias = call.inputs.bias;
  const { result, hasBias } = product(call, bias);
  return activate(call, bias && !hasBias ? elementwise(call.graph, "Add", [result, bias]) : result);
};

const einsum: Lowering = (call) => {
  const { graph, list } = call;
  const { equation } = attributes<{ equation: string }>(call);
  const compact = equation.replace(/\s/g, "");
  const [terms = "", output = ""] = compact.split("->");
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.split(",").entries()) {
    for (const [axis, label] of [...term].entries()) {
      const size = list[i]?.shape[axis] as number;
      if ((sizes.get(label) ?? size) !== size) {
        throw new RangeError(`${label} has the sizes ${sizes.get(label)} and ${size}, which must be equal`);
      }
      sizes.set(label, size);
    }
  }
  const elementType = list.some((x) => x.elementType === "float32") ? "float32" : "int32";
  const inputs = list.map((x) => cast(graph, x, elementType));
  const shape = [...output].map((label) => sizes.get(label) as number);
  return graph.op("Einsum", inputs, { equation: { string: compact } }, { elementType, shape });
};

export const matrices: LoweringTable = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: einsum,
};
