import type { Graph } from "../ir/graph.js";

/** Nodes from which on the runtime's optimization of a graph takes longer than it is worth. */
export const MOST_OPTIMIZED = 2000;

/**
 * Whether the runtime should optimize a graph before it runs it. Its passes take time that grows with the square of the number of nodes: for an
 * unrolled GRU of 60 and 120 steps 0.9 and 4 s of CPU time, where a session without them took 0.3 and 0.6 s. The graphs, which `passes/` had
 * simplified, ran no faster for it. The runtime's memory layout for convolutions pays at any size; in a graph that runs once no optimization does.
 */
export function isWorthOptimizing(graph: Graph, runsOnce: boolean): boolean {
  if (runsOnce) return false;
  const operations = operationsOf(graph);
  return operations.length <= MOST_OPTIMIZED || operations.some((operation) => CONVOLUTIONS.has(operation));
}

const CONVOLUTIONS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose"]);

/** With those of the graphs inside, such as the body of a Loop. */
function operationsOf(graph: Graph): string[] {
  return graph.nodes.flatMap(({ opType, attributes }) => [
    opType,
    ...Object.values(attributes).flatMap((attribute) => ("graph" in attribute ? operationsOf(attribute.graph) : [])),
  ]);
}
