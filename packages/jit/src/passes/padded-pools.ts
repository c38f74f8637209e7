import type { Graph, Node, Value } from "../ir/graph.js";
import { ints } from "./layout-nodes.js";
import { rewrite } from "./rewriter.js";

/** Nodes that onnxruntime may move past a Pad or drop, so that the Pad directly precedes the pool. */
const PASSED_THROUGH: ReadonlySet<string> = new Set(["Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity"]);

/**
 * onnxruntime merges the zeros of a Pad into the padding of the following pool, which is not equivalent: a MaxPool
 * treats padding as the lowest number, and padding must not exceed the window. onnxruntime does not merge a Pad with
 * explicit axes.
 */
export function paddedPools(graph: Graph): boolean {
  const producers = graph.producers();
  const padded = new Set<Value>();
  for (const { opType, inputs } of graph.nodes) {
    if (opType !== "MaxPool" && opType !== "AveragePool") continue;
    let value = inputs[0]!;
    let node: Node | undefined = producers.get(value);
    while (node && PASSED_THROUGH.has(node.opType)) {
      value = node.inputs[0]!;
      node = producers.get(value);
    }
    if (node?.opType === "Pad" && node.inputs.length === 3) padded.add(value);
  }
  if (padded.size === 0) return false;
  return rewrite(graph, (node, rewriting) => {
    const output = node.outputs[0]!;
    if (!padded.has(output)) return undefined;
    const axes = ints([...output.shape.keys()], rewriting);
    return [rewriting.op("Pad", [...node.inputs, axes], node.attributes, output)];
  });
}
