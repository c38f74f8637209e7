import type { Graph, Initializer, Value } from "../ir/graph.js";
import { readsOf } from "../ir/graph.js";
import { sameOperation } from "../ir/same-graph.js";

/** The graph of a function for a batch of any size, from its traces at two sizes. */
export interface DynamicGraph {
  readonly graph: Graph;
  /** For inputs and outputs, which axes are the batch. */
  readonly batchAxes: ReadonlyMap<Value, readonly boolean[]>;
}

/**
 * Finds the one graph that two traces of a function at two batch sizes are cases of: node by node the same, but for
 * the shapes of values and the sizes that a Reshape is given, where -1 takes the batch's place.
 * Returns a sentence that says what depends on the size where there is no such graph.
 */
export function dynamicGraph(a: Graph, b: Graph, sizes: readonly [number, number]): DynamicGraph | string {
  if (a.nodes.length !== b.nodes.length) return `the number of nodes, ${a.nodes.length} and ${b.nodes.length}`;
  for (const [i, node] of a.nodes.entries()) {
    if (!sameOperation(node, b.nodes[i]!)) return `${node.opType} of ${node.source?.kernel ?? "the graph"}`;
  }
  const constants = initializers(a, b);
  if (typeof constants === "string") return constants;
  const batchAxes = new Map<Value, readonly boolean[]>();
  for (const [value, other] of [...zip(a.inputs, b.inputs), ...zip(a.outputs, b.outputs)]) {
    const axes = value.shape.map((size, axis) => size !== other.shape[axis]);
    const isBatch = axes.every(
      (differs, axis) => !differs || (value.shape[axis] === sizes[0] && other.shape[axis] === sizes[1]),
    );
    if (!isBatch) return `the shape of ${value.name}, [${value.shape}] and [${other.shape}]`;
    batchAxes.set(value, axes);
  }
  a.initializers = constants;
  return { graph: a, batchAxes };
}

function initializers(a: Graph, b: Graph): Initializer[] | string {
  if (a.initializers.length !== b.initializers.length) return "the constants";
  const result: Initializer[] = [];
  for (const [own, other] of zip(a.initializers, b.initializers)) {
    const differing = [...own.data.keys()].filter((i) => !Object.is(own.data[i], other.data[i]));
    if (own.data.length === other.data.length && differing.length === 0) {
      result.push(own);
      continue;
    }
    const readers = a.nodes.filter((node) => readsOf(node).includes(own.value));
    const isShape = readers.every(({ opType, inputs }) => opType === "Reshape" && inputs[1] === own.value);
    if (
      !isShape ||
      own.data.length !== other.data.length ||
      differing.length !== 1 ||
      !(own.data instanceof BigInt64Array)
    ) {
      return `a constant of ${readers.map(({ opType }) => opType).join(", ") || "the graph"}`;
    }
    const data = own.data.slice();
    data[differing[0]!] = -1n;
    result.push({ value: own.value, data });
  }
  return result;
}

function zip<T>(a: readonly T[], b: readonly T[]): [T, T][] {
  return a.map((value, i) => [value, b[i]!]);
}
