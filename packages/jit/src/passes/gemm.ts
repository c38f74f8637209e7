import type { Attribute, Graph, Node, Value } from "../ir/graph.js";
import { type Rewriting, type Rule, rewrite } from "./rewriter.js";
import { broadcastShape, permutationOf, sameShape } from "./shapes.js";

/**
 * Merges transpositions and the addition of a bias into the matrix product. onnxruntime's Gemm transposes for free,
 * adds the bias while the result is in registers, and includes a following Relu.
 */
export function gemm(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => RULES[node.opType]?.(node, rewriting));
}

/** The matrix of which `value` is the transpose. */
function transposed(value: Value, { producer }: Rewriting): Value | undefined {
  const node = producer(value);
  if (node?.opType !== "Transpose" || value.shape.length !== 2) return undefined;
  const x = node.inputs[0]!;
  const [first] = permutationOf(node.attributes.perm as never, x);
  return first === 1 ? x : undefined;
}

function flag(node: Node, name: string): boolean {
  const attribute = node.attributes[name];
  return attribute !== undefined && "int" in attribute && attribute.int === 1;
}

function flags(transA: boolean, transB: boolean): Record<string, Attribute> {
  return { ...(transA && { transA: { int: 1 } }), ...(transB && { transB: { int: 1 } }) };
}

const product: Rule = (node, rewriting) => {
  const [a, b, c] = node.inputs as [Value, Value, Value?];
  const output = node.outputs[0]!;
  if (node.opType === "MatMul") {
    const areMatrices = a.shape.length === 2 && b.shape.length === 2 && a.elementType === "float32";
    return areMatrices ? [rewriting.op("Gemm", [a, b], {}, output)] : undefined;
  }
  const plainA = transposed(a, rewriting);
  const plainB = transposed(b, rewriting);
  if (!plainA && !plainB) return undefined;
  const { transA: _a, transB: _b, ...rest } = node.attributes;
  const attributes = {
    ...rest,
    ...flags(flag(node, "transA") !== Boolean(plainA), flag(node, "transB") !== Boolean(plainB)),
  };
  return [rewriting.op("Gemm", [plainA ?? a, plainB ?? b, ...(c ? [c] : [])], attributes, output)];
};

const add: Rule = (node, rewriting) => {
  const [a, b] = node.inputs as [Value, Value];
  const output = node.outputs[0]!;
  for (const [value, bias] of [
    [a, b],
    [b, a],
  ] as const) {
    const inner = rewriting.producer(value);
    const fits = bias.shape.length <= 2 && sameShape(broadcastShape(bias.shape, value.shape) ?? [], value.shape);
    if (inner?.opType !== "Gemm" || inner.inputs[2] || rewriting.uses(value) !== 1 || !fits) continue;
    return [rewriting.op("Gemm", [...inner.inputs.slice(0, 2), bias], inner.attributes, output)];
  }
  return undefined;
};

const RULES: Readonly<Record<string, Rule>> = { MatMul: product, Gemm: product, Add: add };
