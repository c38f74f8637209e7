import type { Graph } from "../ir/graph.js";
import { broadcasts } from "./broadcasts.js";
import { commonSubexpressions } from "./common-subexpressions.js";
import { constantFolding } from "./constant-folding.js";
import { constants } from "./constants.js";
import { convolutions } from "./convolutions.js";
import { deadCode } from "./dead-code.js";
import { flatShapes } from "./flat-shapes.js";
import { gemm } from "./gemm.js";
import { identities } from "./identities.js";
import { paddedPools } from "./padded-pools.js";
import { reluGradients } from "./relu-gradients.js";
import { rowSums } from "./row-sums.js";

/** A rewriting of a graph that preserves inputs, outputs and results. Returns true if it changed something. */
export type Pass = (graph: Graph) => boolean;

export interface SimplifyOptions {
  /**
   * Whether to rewrite convolutions as matrix products: faster than onnxruntime's CPU kernels, but not than those of a
   * GPU.
   */
  readonly convolutionsAsProducts: boolean;
}

const PASSES: readonly Pass[] = [
  constantFolding,
  constants,
  identities,
  commonSubexpressions,
  broadcasts,
  reluGradients,
  flatShapes,
  gemm,
  rowSums,
  paddedPools,
  deadCode,
];
/** Maximum number of rounds, because rewritings enable each other. Graphs seen so far are stable after four. */
const MAXIMUM_ROUNDS = 8;

/** Applies all passes until none of them changes the graph. Graphs with subgraphs are not changed. */
export function simplifyGraph(graph: Graph, { convolutionsAsProducts }: SimplifyOptions): void {
  const isFlat = graph.nodes.every(({ attributes }) => Object.values(attributes).every((value) => !("graph" in value)));
  if (!isFlat) return;
  if (convolutionsAsProducts) convolutions(graph);
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const changed = PASSES.map((pass) => pass(graph)).some((change) => change);
    if (!changed) return;
  }
}
