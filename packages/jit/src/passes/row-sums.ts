import { type Graph, sizeOf, type Value } from "../ir/graph.js";
import { rewrite } from "./rewriter.js";

/**
 * A bias's gradient is a sum over all axes but the last: as ones times a matrix it runs on the matrix product's
 * vector kernel.
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
    const reshape = (value: Value, shape: readonly number[]) => {
      const type = { elementType: "int64", shape: [shape.length] } as const;
      const target = rewriting.addConstant(BigInt64Array.from(shape, BigInt), type);
      return rewriting.op("Reshape", [value, target], {}, { elementType: "float32", shape });
    };
    const columns = x.shape[rank - 1]!;
    const rows = sizeOf(x.shape) / columns;
    if (!(rows > 0)) return undefined;
    // One column: the sum over everything, which has a kernel of its own.
    if (columns === 1) {
      const all = rewriting.op(
        "ReduceSum",
        [reshape(x, [rows])],
        { keepdims: { int: 1 } },
        { elementType: "float32", shape: [1] },
      );
      return [reshape(all, output.shape)];
    }
    const ones = rewriting.addConstant(new Float32Array(rows).fill(1), { elementType: "float32", shape: [rows] });
    const sums = rewriting.op(
      "MatMul",
      [ones, reshape(x, [rows, columns])],
      {},
      { elementType: "float32", shape: [columns] },
    );
    return [reshape(sums, output.shape)];
  });
}
