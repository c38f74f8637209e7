import { type Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import { float, reshape } from "./layout-nodes.js";
import { type Rewriting, rewrite } from "./rewriter.js";

/**
 * The gradient of a bias is a sum over all axes except the last, and so are the averages of batch normalization.
 * Written as ones times a matrix, they use the vectorized matrix product.
 */
export function rowSums(graph: Graph): boolean {
  return rewrite(graph, (node, rewriting) => {
    if (node.opType !== "ReduceSum" && node.opType !== "ReduceMean") return undefined;
    const [x] = node.inputs as [Value];
    const output = node.outputs[0]!;
    const rank = x.shape.length;
    if (!isOverRows(node, rewriting) || rank < 2 || x.elementType !== "float32") return undefined;
    const columns = x.shape[rank - 1]!;
    const rows = sizeOf(x.shape) / columns;
    if (!(rows > 0)) return undefined;
    if (node.opType === "ReduceMean") {
      // The runtime's own average of few rows is as exact, and one node.
      if (rows < MANY_ROWS || columns === 1) return undefined;
      const count = rewriting.addConstant(new Float32Array([rows]), float([]));
      const mean = rewriting.op("Div", [sums(x, rows, columns, rewriting), count], {}, float([columns]));
      return [reshape(mean, output.shape, rewriting)];
    }
    // With one column it is the sum over everything, which has its own kernel.
    if (columns === 1) {
      const all = rewriting.op("ReduceSum", [reshape(x, [rows], rewriting)], { keepdims: { int: 1 } }, float([1]));
      return [reshape(all, output.shape, rewriting)];
    }
    return [reshape(sums(x, rows, columns, rewriting), output.shape, rewriting)];
  });
}

/** Whether a node reduces all axes except the last. */
function isOverRows({ inputs: [x, axes] }: Node, rewriting: Rewriting): boolean {
  const reduced = axes && rewriting.constant(axes);
  return (
    reduced?.length === x!.shape.length - 1 &&
    Array.from(reduced, Number)
      .sort((a, b) => a - b)
      .every((axis, i) => axis === i)
  );
}

/**
 * From here on the rows are added in two steps. The product adds them one after the other, so that the error of 32,768
 * rows was 2e-6 of the sum (in ReduceMean 6e-6); groups of their square root have a tenth of it. The first step has
 * long rows, which several threads share.
 */
const MANY_ROWS = 256;

function sums(x: Value, rows: number, columns: number, rewriting: Rewriting): Value {
  const groups = rows < MANY_ROWS ? 1 : groupsOf(rows);
  const first = onesTimes(x, rows / groups, groups * columns, rewriting);
  return groups === 1 ? first : onesTimes(first, groups, columns, rewriting);
}

function onesTimes(x: Value, rows: number, columns: number, rewriting: Rewriting): Value {
  const ones = rewriting.addConstant(new Float32Array(rows).fill(1), float([rows]));
  return rewriting.op("MatMul", [ones, reshape(x, [rows, columns], rewriting)], {}, float([columns]));
}

/** The largest divisor up to the square root. */
function groupsOf(rows: number): number {
  let groups = Math.floor(Math.sqrt(rows));
  while (rows % groups !== 0) groups--;
  return groups;
}
