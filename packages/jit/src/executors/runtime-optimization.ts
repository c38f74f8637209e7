import type { Graph } from "../ir/graph.js";

/** Nodes from which on the runtime's optimization of a graph takes longer than it is worth. */
export const MOST_OPTIMIZED = 2000;

/**
 * Whether the runtime should optimize a graph before it runs it. Its passes take time that grows with the square of the number of nodes: an unrolled
 * GRU of 240 steps took 15 s of CPU time, and ran no faster for it than a graph that only `passes/` had simplified. What the runtime
 * does for convolutions (their memory layout) pays at any size; in a graph that runs once nothing does.
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
