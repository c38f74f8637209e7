import type { Graph, Node } from "../ir/graph.js";
import type { Provider } from "./executor.js";

/** Suffix of the names of nodes that stay on the CPU; see {@link CPU_NODES_OPTION}. */
export const ON_CPU = "@cpu";

/**
 * onnxruntime's session option, under `extra.session`, that assigns nodes with {@link ON_CPU} in their names to the
 * CPU.
 */
export const CPU_NODES_OPTION = { name_based_layer_assignment: `cpu(${ON_CPU})` };

/**
 * Nodes of a graph and its subgraphs that onnxruntime 1.30 assigns to a GPU provider, although they fail there or give
 * wrong results. They were found by running the kernels' tests with IGR_PROVIDER; docs/jit.md has the list.
 */
export function nodesForCpu(graph: Graph, provider: Provider): Set<Node> {
  const found = new Set<Node>();
  if (provider === "cpu") return found;
  const isGap = provider === "webgpu" ? isWebGpuGap : isCudaGap;
  const visit = (part: Graph, outer: Constants) => {
    const constants = new Map([...outer, ...part.constants()]);
    for (const node of part.nodes) {
      if (hasMaxPoolIndices(node) || isIntegerPower(node) || isGap(node, (i) => numbersOf(constants, node, i))) {
        found.add(node);
      }
      for (const attribute of Object.values(node.attributes)) {
        if ("graph" in attribute) visit(attribute.graph, constants);
      }
    }
  };
  visit(graph, new Map());
  return found;
}

type Constants = ReturnType<Graph["constants"]>;

function numbersOf(constants: Constants, node: Node, input: number): number[] | undefined {
  const value = node.inputs[input];
  const data = value && constants.get(value);
  return data && Array.from(data as Iterable<number | bigint>, Number);
}

/**
 * WebGPU does not return positions of maxima ("The Indices output is not supported yet"); CUDA does not return the
 * first of equal maxima.
 */
function hasMaxPoolIndices({ opType, outputs }: Node): boolean {
  return opType === "MaxPool" && outputs.length > 1;
}

/** Computed as a power of floats and truncated: 2 for 3 ** 1. */
function isIntegerPower({ opType, outputs }: Node): boolean {
  return opType === "Pow" && outputs[0]!.elementType !== "float32";
}

function isCudaGap({ opType, attributes, outputs }: Node): boolean {
  // "element_type 6 not implemented for ScatterND operator"
  const { reduction } = attributes;
  const adds = reduction !== undefined && "string" in reduction && reduction.string === "add";
  return opType === "ScatterND" && adds && outputs[0]!.elementType === "int32";
}

function isWebGpuGap(node: Node, numbers: (input: number) => number[] | undefined): boolean {
  const { opType, inputs, outputs, attributes } = node;
  const rank = outputs[0]!.shape.length;
  switch (opType) {
    case "ConvTranspose": {
      // "Only Conv2d or Conv1d are supported"; with groups the numbers are wrong.
      const { group } = attributes;
      return rank > 4 || (group !== undefined && "int" in group && group.int > 1);
    }
    case "Pow": {
      // Fails if both operands are broadcast.
      const sizes = inputs.map((value) => value!.shape.join());
      return !sizes.includes(outputs[0]!.shape.join());
    }
    case "Slice": {
      // With a negative step it ignores the start and begins at the end of the axis.
      const [starts, axes, steps] = [numbers(1), numbers(3), numbers(4)];
      const { shape } = inputs[0]!;
      return steps?.some((step, i) => step < 0 && starts?.[i] !== shape[axes?.[i] ?? i]! - 1) ?? false;
    }
    default:
      return false;
  }
}
