import { type Graph, sizeOf, type Value } from "../ir/graph.js";
import { ints } from "./layout-nodes.js";
import { type Rewriting, rewrite } from "./rewriter.js";
import { broadcastShape, sameShape } from "./shapes.js";

/** Binary operations that broadcast their operands. */
const BROADCASTING: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"],
  ...["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Xor"],
]);

/**
 * Gradients of sums and means expand one number to a tensor. Elementwise operations broadcast, so they can read the
 * number itself; if both operands are smaller than the result, the operation is applied before the Expand. Vectors
 * lose leading axes of length 1, so that equal operations are recognized as such.
 */
export function broadcasts(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => {
    if (!BROADCASTING.has(node.opType) || node.inputs.length !== 2) return undefined;
    const output = node.outputs[0]!;
    const [a, b] = node.inputs as [Value, Value];
    const [small, other] = [unspread(a, rewriting), unspread(b, rewriting)];
    for (const inputs of [
      [small, other],
      [small, b],
      [a, other],
    ] as [Value, Value][]) {
      const shape = broadcastShape(inputs[0].shape, inputs[1].shape);
      const narrower = inputs[0] !== a || inputs[1] !== b;
      if (narrower && shape && sameShape(shape, output.shape)) {
        return [rewriting.op(node.opType, inputs, node.attributes, output)];
      }
    }
    const shape = broadcastShape(small.shape, other.shape);
    if (!shape || sizeOf(shape) === sizeOf(output.shape)) return undefined;
    const elementType = output.elementType;
    const result = rewriting.op(node.opType, [small, other], node.attributes, { elementType, shape });
    return [rewriting.op("Expand", [result, ints(output.shape, rewriting)], {}, output)];
  });
}

/**
 * The input of an Expand node, of a Tile that repeats axes of one entry, or of a Reshape that adds leading axes of
 * length 1; otherwise the value itself.
 */
function unspread(value: Value, { producer }: Rewriting): Value {
  const node = producer(value);
  const source = node?.inputs[0];
  if (!node || !source) return value;
  if (node.opType === "Expand") return source;
  if (node.opType === "Reshape") {
    const added = value.shape.length - source.shape.length;
    const isSameVector = added > 0 && sameShape(value.shape.slice(added), source.shape);
    return isSameVector && value.shape.slice(0, added).every((size) => size === 1) ? source : value;
  }
  const repeatsOnes = source.shape.every((size, axis) => size === 1 || size === value.shape[axis]);
  return node.opType === "Tile" && repeatsOnes ? source : value;
}
