import type { Graph, Node, Value } from "../ir/graph.js";
import { rewrite } from "./rewriter.js";

/** Merges nodes with the same operation and inputs. */
export function commonSubexpressions(graph: Graph): boolean {
  const seen = new Map<string, readonly Value[]>();
  return rewrite(graph, (node) => {
    const key = identity(node);
    if (key === undefined) return undefined;
    const known = seen.get(key);
    if (!known) seen.set(key, node.outputs);
    return known;
  });
}

/** A key, equal for nodes that compute the same; undefined for nodes that contain a graph or a tensor. */
function identity({ opType, domain, inputs, outputs, attributes }: Node): string | undefined {
  if (Object.values(attributes).some((attribute) => "graph" in attribute || "tensor" in attribute)) return undefined;
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([opType, domain, inputs.map((input) => input?.name), outputs.length, sorted]);
}
