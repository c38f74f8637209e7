import { Graph, readsOf } from "../ir/graph.js";
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
import { shareNames } from "./rewriter.js";
import { rowSums } from "./row-sums.js";
import { scanProducts } from "./scan-products.js";
import { deadScans, loopInvariants, scanOf, scanParts } from "./scans.js";

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
const LOOP_PASSES: readonly Pass[] = [scanBodies, loopInvariants, deadScans];
/** Maximum number of rounds, because rewritings enable each other. Graphs seen so far are stable after four. */
const MAXIMUM_ROUNDS = 8;

/** Applies all passes until none of them changes the graph. */
export function simplifyGraph(graph: Graph, { convolutionsAsProducts }: SimplifyOptions): void {
  if (convolutionsAsProducts) convolutions(graph);
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const changed = [...PASSES, ...LOOP_PASSES].map((pass) => pass(graph)).some((change) => change);
    // Once the steps are simple: a bias that is part of a product moves with it.
    if (!changed && !scanProducts(graph)) return;
  }
}

/** Applies the passes to the steps of loops. All constants belong to the graph outside. */
function scanBodies(graph: Graph): boolean {
  let changed = false;
  const nodesOutside = graph.nodes.map((node) => {
    const parts = scanParts(node);
    if (!parts) return node;
    const { name, inputs, outputs, nodes } = parts.body;
    const read = new Set(nodes.flatMap(readsOf));
    const constantsRead = graph.initializers.filter(({ value }) => read.has(value));
    // A copy: the recording of the trace has the same body.
    const body = new Graph(name, inputs, outputs, constantsRead, nodes);
    shareNames(graph, body);
    if (!PASSES.map((pass) => pass(body)).some((change) => change)) return node;
    const known = new Set(constantsRead);
    const added = body.initializers.filter((constant) => !known.has(constant));
    graph.initializers = [...graph.initializers, ...added];
    changed = true;
    return scanOf(node, { ...parts, body: new Graph(name, inputs, outputs, [], body.nodes) });
  });
  if (changed) graph.nodes = nodesOutside;
  return changed;
}
