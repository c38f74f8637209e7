import { type Attribute, Graph, type Node, readsOf, type Value } from "../ir/graph.js";
import { deadCode } from "./dead-code.js";

/** The body of a Scan node. */
export function scanBody({ opType, attributes }: Node): Graph | undefined {
  return opType === "Scan" && attributes.body && "graph" in attributes.body ? attributes.body.graph : undefined;
}

/** The parts of a Scan node, each list in the order of the node's inputs or outputs. */
export interface ScanParts {
  readonly body: Graph;
  /** Values that go from step to step. */
  readonly states: readonly { initial: Value; input: Value; output: Value; last: Value }[];
  /** Sequences and their rows. */
  readonly sequences: readonly { sequence: Value; row: Value; direction: number }[];
  /** Rows that the body computes, and their stacks. */
  readonly stacks: readonly { row: Value; stack: Value; direction: number }[];
}

/** Undefined for a node of another kind. */
export function scanParts(node: Node): ScanParts | undefined {
  const body = scanBody(node);
  if (!body) return undefined;
  const { num_scan_inputs: sequenceCount } = node.attributes as { num_scan_inputs: { int: number } };
  const stateCount = node.inputs.length - sequenceCount.int;
  const directions = (name: string): readonly number[] => {
    const attribute = node.attributes[name];
    return attribute && "ints" in attribute ? attribute.ints : [];
  };
  const [forInputs, forOutputs] = [directions("scan_input_directions"), directions("scan_output_directions")];
  return {
    body,
    states: body.inputs.slice(0, stateCount).map((input, i) => ({
      ...{ input, initial: node.inputs[i]!, output: body.outputs[i]!, last: node.outputs[i]! },
    })),
    sequences: body.inputs.slice(stateCount).map((row, i) => ({
      ...{ row, sequence: node.inputs[stateCount + i]!, direction: forInputs[i] ?? 0 },
    })),
    stacks: body.outputs.slice(stateCount).map((row, i) => ({
      ...{ row, stack: node.outputs[stateCount + i]!, direction: forOutputs[i] ?? 0 },
    })),
  };
}

/** A Scan node of parts. `node` gives the source. */
export function scanOf(node: Node, { body, states, sequences, stacks }: ScanParts): Node {
  const graph = new Graph(
    body.name,
    [...states.map(({ input }) => input), ...sequences.map(({ row }) => row)],
    [...states.map(({ output }) => output), ...stacks.map(({ row }) => row)],
    body.initializers,
    body.nodes,
  );
  const attributes: Record<string, Attribute> = {
    body: { graph },
    num_scan_inputs: { int: sequences.length },
    ...(sequences.length > 0 && { scan_input_directions: { ints: sequences.map(({ direction }) => direction) } }),
    ...(stacks.length > 0 && { scan_output_directions: { ints: stacks.map(({ direction }) => direction) } }),
  };
  return {
    opType: "Scan",
    inputs: [...states.map(({ initial }) => initial), ...sequences.map(({ sequence }) => sequence)],
    outputs: [...states.map(({ last }) => last), ...stacks.map(({ stack }) => stack)],
    attributes,
    ...(node.source && { source: node.source }),
  };
}

/**
 * Removes what the steps of a loop compute for nothing: stacks that nothing reads (values saved for a gradient, the
 * gradient of data), states of which neither the last value nor another result of a step needs any, sequences that no step reads.
 */
export function deadScans(graph: Graph): boolean {
  let changed = false;
  const read = new Set<Value>([...graph.outputs, ...graph.nodes.flatMap(readsOf)]);
  const nodes = graph.nodes.map((node) => {
    const parts = scanParts(node);
    if (!parts) return node;
    const stacks = parts.stacks.filter(({ stack }) => read.has(stack));
    const states = neededStates(
      parts,
      stacks.map(({ row }) => row),
      read,
    );
    const inner = neededNodes(parts.body, [...states.map(({ output }) => output), ...stacks.map(({ row }) => row)]);
    const readInside = new Set(inner.flatMap(readsOf));
    const some = parts.sequences.filter(({ row }) => readInside.has(row));
    // A Scan has at least one sequence, whose length is the number of its steps.
    const sequences = some.length > 0 ? some : parts.sequences.slice(0, 1);
    const isSame =
      stacks.length === parts.stacks.length &&
      states.length === parts.states.length &&
      sequences.length === parts.sequences.length;
    if (isSame) return node;
    changed = true;
    const { name, inputs, outputs, initializers } = parts.body;
    return scanOf(node, { body: new Graph(name, inputs, outputs, initializers, inner), states, sequences, stacks });
  });
  if (changed) graph.nodes = nodes;
  return changed;
}

function neededStates({ body, states }: ScanParts, rows: readonly Value[], read: ReadonlySet<Value>) {
  let needed = states.filter(({ last }) => read.has(last));
  for (;;) {
    const inside = new Set(neededNodes(body, [...rows, ...needed.map(({ output }) => output)]).flatMap(readsOf));
    const more = states.filter((state) => needed.includes(state) || inside.has(state.input));
    if (more.length === needed.length) return needed;
    needed = more;
  }
}

function neededNodes(body: Graph, outputs: readonly Value[]): readonly Node[] {
  const part = new Graph(body.name, body.inputs, outputs, body.initializers, body.nodes);
  deadCode(part);
  return part.nodes;
}

/** Moves nodes of a step that give the same in each step, such as slices of weights, before the loop. */
export function loopInvariants(graph: Graph): boolean {
  let changed = false;
  const nodes = graph.nodes.flatMap((node) => {
    const parts = scanParts(node);
    if (!parts) return [node];
    const { body } = parts;
    const inside = new Set<Value>(body.inputs);
    const outputs = new Set<Value>(body.outputs);
    const [moved, kept]: [Node[], Node[]] = [[], []];
    for (const inner of body.nodes) {
      const stays =
        inner.outputs.some((output) => outputs.has(output)) || readsOf(inner).some((value) => inside.has(value));
      (stays ? kept : moved).push(inner);
      if (stays) for (const output of inner.outputs) inside.add(output);
    }
    if (moved.length === 0) return [node];
    changed = true;
    const { name, inputs, initializers } = body;
    return [...moved, scanOf(node, { ...parts, body: new Graph(name, inputs, body.outputs, initializers, kept) })];
  });
  if (changed) graph.nodes = nodes;
  return changed;
}
