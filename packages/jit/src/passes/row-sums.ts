import { type Graph, sizeOf, type Value } from "../ir/graph.js";
import { float, reshape } from "./layout-nodes.js";
import { rewrite } from "./rewriter.js";

/**
 * The gradient of a bias is a sum over all axes except the last. Written as ones times a matrix, it uses the vectorized
 * matrix product.
 */
export function rowSums(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => {
    if (node.opType !== "ReduceSum") return undefined;
    const [x, axes] = node.inputs as [Value, Value?];
    const output = node.outputs[0]!;
    const summed = axes && rewriting.constant(axes);
    const rank = x.shape.length;
    const areLeading =
      summed?.length === rank - 1 &&
      Array.from(summed, Number)
        .sort((a, b) => a - b)
        .every((axis, i) => axis === i);
    if (!areLeading || rank < 2 || x.elementType !== "float32") return undefined;
    const columns = x.shape[rank - 1]!;
    const rows = sizeOf(x.shape) / columns;
    if (!(rows > 0)) return undefined;
    // With one column it is the sum over everything, which has its own kernel.
    if (columns === 1) {
      const all = rewriting.op("ReduceSum", [reshape(x, [rows], rewriting)], { keepdims: { int: 1 } }, float([1]));
      return [reshape(all, output.shape, rewriting)];
    }
    const ones = rewriting.addConstant(new Float32Array(rows).fill(1), float([rows]));
    const sums = rewriting.op("MatMul", [ones, reshape(x, [rows, columns], rewriting)], {}, float([columns]));
    return [reshape(sums, output.shape, rewriting)];
  });
}
