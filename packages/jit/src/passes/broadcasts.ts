import type { Graph, Value } from "../ir/graph.js";
import { type Rewriting, rewrite } from "./rewriter.js";
import { broadcastShape, sameShape } from "./shapes.js";

/** Binary operations that broadcast their operands. */
const BROADCASTING: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"],
  ...["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Xor"],
]);

/**
 * Gradients of sums and means expand one number to a tensor. Elementwise operations broadcast, so they can read the
 * number itself.
 */
export function broadcasts(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => {
    if (!BROADCASTING.has(node.opType) || node.inputs.length !== 2) return undefined;
    const output = node.outputs[0]!;
    const [a, b] = node.inputs as [Value, Value];
    for (const inputs of [
      [unspread(a, rewriting), b],
      [a, unspread(b, rewriting)],
    ] as [Value, Value][]) {
      const shape = broadcastShape(inputs[0].shape, inputs[1].shape);
      const narrower = inputs[0] !== a || inputs[1] !== b;
      if (narrower && shape && sameShape(shape, output.shape)) {
        return [rewriting.op(node.opType, inputs, node.attributes, output)];
      }
    }
    return undefined;
  });
}

/** The input of an Expand node, or of a Tile that repeats axes of one entry; otherwise the value itself. */
function unspread(value: Value, { producer }: Rewriting): Value {
  const node = producer(value);
  const source = node?.inputs[0];
  if (!node || !source) return value;
  if (node.opType === "Expand") return source;
  const repeatsOnes = source.shape.every((size, axis) => size === 1 || size === value.shape[axis]);
  return node.opType === "Tile" && repeatsOnes ? source : value;
}
