import { type Graph, type Node, sizeOf, type Value } from "../ir/graph.js";

/**
 * Work from which on a second thread saves time, in multiplications of matrix products. Training steps of softmax regression and of networks
 * with one hidden layer, batch 64, on two cores: at 0.1 to 1 million two threads took 0.99 to 1.08 times as long as one, at 2 million 0.9 times,
 * at 13 million 0.75.
 */
export const LEAST_WORK = 1.5e6;

/** One element of another node, in multiplications of a product. */
const ELEMENT = 16;

/** Whether a graph has enough work that its nodes should share it between threads. Loops and convolutions always have. */
export function isWorthThreads({ nodes }: Graph): boolean {
  let work = 0;
  for (const node of nodes) {
    if (PRODUCTS.has(node.opType)) work += multiplications(node);
    else if (ALWAYS.has(node.opType) || hasGraph(node)) return true;
    else work += ELEMENT * elements(node);
    if (work >= LEAST_WORK) return true;
  }
  return false;
}

const PRODUCTS: ReadonlySet<string> = new Set(["MatMul", "Gemm"]);
const ALWAYS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Einsum"]);

/** Elements of a product, times those of a row of its first factor. */
function multiplications({ inputs, outputs, attributes }: Node): number {
  const [{ shape }] = inputs as [Value];
  const isTransposed = attributes.transA !== undefined && "int" in attributes.transA && attributes.transA.int === 1;
  return sizeOf((outputs[0] as Value).shape) * (shape.at(isTransposed ? -2 : -1) ?? 1);
}

function elements({ inputs, outputs }: Node): number {
  return Math.max(...[...inputs, ...outputs].map((value) => (value ? sizeOf(value.shape) : 0)));
}

function hasGraph({ attributes }: Node): boolean {
  return Object.values(attributes).some((attribute) => "graph" in attribute);
}
