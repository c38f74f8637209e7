import type { Graph, Node, Value } from "../ir/graph.js";
import { type Rewriting, rewrite } from "./rewriter.js";
import { isFilledWith } from "./shapes.js";

/**
 * Computes the mask of a Relu's gradient from the Relu's result: `result > 0`, a comparison and a cast, instead of the
 * five nodes of `step(x)` that keep NaN. If x is NaN, the result and all values computed from it are NaN anyway. Then
 * only the Relu reads x, and it can become part of the preceding matrix product or convolution.
 */
export function reluGradients(graph: Graph): boolean {
  const results = new Map<Value, Value>();
  for (const { opType, inputs, outputs } of graph.nodes) if (opType === "Relu") results.set(inputs[0]!, outputs[0]!);
  return rewrite(graph, (node, rewriting) => {
    if (node.opType === "Greater") {
      const [x, bound] = node.inputs as [Value, Value];
      const result = results.get(x);
      if (!result || !rewriting.producer(result) || !isFilledWith(rewriting.constant(bound), 0)) return undefined;
      return [rewriting.op("Greater", [result, bound], {}, node.outputs[0]!)];
    }
    return node.opType === "Min" ? plainMask(node, rewriting) : undefined;
  });
}

/** Min(mask, Max(x, 1)) with mask = Cast(Relu(x) > 0): the maximum lets NaN through and changes nothing else. */
function plainMask(node: Node, { producer, constant }: Rewriting): readonly Value[] | undefined {
  const [mask, passage] = node.inputs as [Value, Value];
  const cast = producer(mask);
  const comparison = cast?.opType === "Cast" ? producer(cast.inputs[0]!) : undefined;
  if (comparison?.opType !== "Greater" || !isFilledWith(constant(comparison.inputs[1]!), 0)) return undefined;
  const relu = producer(comparison.inputs[0]!);
  const max = producer(passage);
  if (relu?.opType !== "Relu" || max?.opType !== "Max") return undefined;
  return max.inputs[0] === relu.inputs[0] && isFilledWith(constant(max.inputs[1]!), 1) ? [mask] : undefined;
}
