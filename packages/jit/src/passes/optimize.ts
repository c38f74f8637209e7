import type { Graph } from "../ir/graph.js";
import { deadCode } from "./dead-code.js";

/** A rewriting of a graph that keeps its inputs, its outputs and what it computes. True where it changed something. */
export type Pass = (graph: Graph) => boolean;

const PASSES: readonly Pass[] = [deadCode];
/** Rewritings feed each other; on the graphs seen so far nothing changes after the third round. */
const MAXIMUM_ROUNDS = 8;

/** Applies all passes until none of them finds anything. */
export function optimizeGraph(graph: Graph): void {
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const changed = PASSES.map((pass) => pass(graph)).some((change) => change);
    if (!changed) return;
  }
}
