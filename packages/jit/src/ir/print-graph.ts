import type { Attribute, ConstantData, Graph, Node, Value } from "./graph.js";

/** How many numbers of a constant are printed. */
const SHOWN = 4;

/**
 * A graph as text, one line for each node, so that the effect of a pass is a diff of lines:
 *
 * ```text
 * input argument_0: float32[2,3]
 * constant constant_1: float32[] = 2
 * Mul_2: float32[2,3] = Mul(argument_0, constant_1)
 * output Mul_2
 * ```
 */
export function printGraph(graph: Graph): string {
  return [
    ...graph.inputs.map((value) => `input ${typed(value)}`),
    ...graph.initializers.map(({ value, data }) => `constant ${typed(value)} = ${numbers(data)}`),
    ...graph.nodes.map(line),
    ...graph.outputs.map(({ name }) => `output ${name}`),
  ].join("\n");
}

function line({ opType, domain, inputs, outputs, attributes }: Node): string {
  const operands = inputs.map((value) => value?.name ?? "-");
  const named = Object.entries(attributes).map(([name, attribute]) => `${name}=${text(attribute)}`);
  const op = domain ? `${domain}.${opType}` : opType;
  return `${outputs.map(typed).join(", ")} = ${op}(${[...operands, ...named].join(", ")})`;
}

function typed({ name, elementType, shape }: Value): string {
  return `${name}: ${elementType}[${shape}]`;
}

function text(attribute: Attribute): string {
  if ("graph" in attribute) return `{\n${printGraph(attribute.graph).replace(/^/gm, "  ")}\n}`;
  if ("tensor" in attribute) return numbers(attribute.tensor.data);
  const [value] = Object.values(attribute) as unknown[];
  return Array.isArray(value) ? `[${value}]` : String(value);
}

function numbers(data: ConstantData): string {
  const shown = Array.from(data.subarray(0, SHOWN) as ArrayLike<number>, String).join(" ");
  return data.length > SHOWN ? `${shown} ... (${data.length})` : shown;
}
