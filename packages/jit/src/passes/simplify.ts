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

/** A rewriting of a graph that keeps its inputs, its outputs and what it computes. True where it changed something. */
export type Pass = (graph: Graph) => boolean;

export interface SimplifyOptions {
  /** Write convolutions as matrix products: faster on onnxruntime's CPU kernels, while a GPU has better ones of its own. */
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
/** Rewritings feed each other; the graphs seen so far come to rest after four rounds. */
const MAXIMUM_ROUNDS = 8;

/** Applies all passes until none of them finds anything. Graphs with graphs inside are left as they are. */
export function simplifyGraph(graph: Graph, { convolutionsAsProducts }: SimplifyOptions): void {
  const isFlat = graph.nodes.every(({ attributes }) => Object.values(attributes).every((value) => !("graph" in value)));
  if (!isFlat) return;
  if (convolutionsAsProducts) convolutions(graph);
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const changed = PASSES.map((pass) => pass(graph)).some((change) => change);
    if (!changed) return;
  }
}
