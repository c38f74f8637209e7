import { type Graph, type Node, readsOf, type Value } from "../ir/graph.js";

/** Removes the nodes that no output needs, and the initializers that no node reads. True if something was removed. */
export function deadCode(graph: Graph): boolean {
  const needed = new Set<Value>(graph.outputs);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const value of readsOf(node)) needed.add(value);
  }
  const initializers = graph.initializers.filter(({ value }) => needed.has(value));
  if (kept.length === graph.nodes.length && initializers.length === graph.initializers.length) return false;
  graph.nodes = kept.reverse();
  graph.initializers = initializers;
  return true;
}
