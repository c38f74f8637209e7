import { type Graph, sizeOf, type Value } from "../src/ir/graph.js";

/** Violations of the invariants of src/ir/graph.ts, one line each; empty for a valid graph. */
export function graphFaults(graph: Graph, outer: ReadonlySet<Value> = new Set()): string[] {
  const faults: string[] = [];
  const known = new Set<Value>(outer);
  // ONNX: a name of a subgraph must not be one of the graph around it.
  const names = new Map<string, Value>([...outer].map((value) => [value.name, value]));
  const define = (value: Value, by: string) => {
    if (known.has(value)) faults.push(`${value.name} is defined twice, the second time by ${by}`);
    const other = names.get(value.name);
    if (other && other !== value) faults.push(`two values have the name ${value.name}`);
    known.add(value);
    names.set(value.name, value);
    if (!value.shape.every((size) => Number.isInteger(size) && size >= 0)) {
      faults.push(`${value.name} has the shape [${value.shape}]`);
    }
  };
  for (const value of graph.inputs) define(value, "the inputs");
  for (const { value, data } of graph.initializers) {
    define(value, "the constants");
    if (data.length !== sizeOf(value.shape)) faults.push(`${value.name} [${value.shape}] has ${data.length} numbers`);
  }
  const computed = new Set<Value>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input && !known.has(input)) faults.push(`${node.opType} reads ${input.name} before it is computed`);
    }
    for (const attribute of Object.values(node.attributes)) {
      if ("graph" in attribute) faults.push(...graphFaults(attribute.graph, known));
    }
    for (const output of node.outputs) {
      define(output, node.opType);
      computed.add(output);
    }
  }
  for (const [i, output] of graph.outputs.entries()) {
    if (!computed.has(output)) faults.push(`the output ${output.name} is not computed by a node`);
    if (graph.outputs.indexOf(output) !== i) faults.push(`${output.name} is an output twice`);
  }
  return faults;
}
