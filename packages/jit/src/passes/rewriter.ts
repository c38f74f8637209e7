import {
  type Attribute,
  type ConstantData,
  type Graph,
  type Initializer,
  type Node,
  readsOf,
  sizeOf,
  type Value,
  type ValueType,
  withReads,
} from "../ir/graph.js";

/** The interface through which a rule reads and extends the graph. */
export interface Rewriting {
  /** The node that computes a value, after rewriting; undefined for inputs and constants. */
  producer(value: Value): Node | undefined;
  /** Numbers of a constant. */
  constant(value: Value): ConstantData | undefined;
  /** How often a value is read; being an output of the graph counts as one more read. */
  uses(value: Value): number;
  /** Adds a node with one output before the node that is being rewritten. */
  op(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
    output: ValueType,
    domain?: string,
  ): Value;
  /** Adds a constant. */
  addConstant(data: ConstantData, type: ValueType): Value;
}

/**
 * Examines a node whose inputs are already rewritten. Returns the values that replace its outputs (made by {@link
 * Rewriting.op}, or existing ones), or undefined to keep the node.
 */
export type Rule = (node: Node, rewriting: Rewriting) => readonly Value[] | undefined;

/** Goes through a graph once, in execution order, and replaces nodes by the rule. True if it replaced a node. */
export function rewrite(graph: Graph, rule: Rule): boolean {
  const rewriter = new Rewriter(graph);
  return rewriter.run(rule);
}

/**
 * Names of new values end in a number that no other new value of the graph or its subgraphs has; traced names contain no
 * colon and digits.
 */
const counters = new WeakMap<Graph, { next: number }>();

function counterOf(graph: Graph): { next: number } {
  const counter = counters.get(graph) ?? { next: 0 };
  counters.set(graph, counter);
  return counter;
}

/** Lets the new values of a subgraph have names that those of the graph around it do not have. */
export function shareNames(graph: Graph, subgraph: Graph): void {
  counters.set(subgraph, counterOf(graph));
}

/** A name that no other new value of the graph has. */
export function newName(graph: Graph, stem: string): string {
  return `${stem}:${counterOf(graph).next++}`;
}

function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) readsOf(node).forEach(add);
  graph.outputs.forEach(add);
  return uses;
}

class Rewriter implements Rewriting {
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[];
  readonly #constants: Map<Value, ConstantData>;
  readonly #producers = new Map<Value, Node>();
  readonly #replacements = new Map<Value, Value>();
  /** Reads added by this rewriting. */
  readonly #addedUses = new Map<Value, number>();
  /** Reads in the original graph, counted on first use. */
  #originalUses: Map<Value, number> | undefined;
  #current: Node | undefined;

  constructor(readonly graph: Graph) {
    this.#initializers = [...graph.initializers];
    this.#constants = graph.constants();
  }

  // Fields with functions, so that rules can destructure them.
  readonly producer = (value: Value): Node | undefined => this.#producers.get(value);
  readonly constant = (value: Value): ConstantData | undefined => this.#constants.get(value);
  readonly uses = (value: Value): number => {
    this.#originalUses ??= countUses(this.graph);
    return (this.#originalUses.get(value) ?? 0) + (this.#addedUses.get(value) ?? 0);
  };

  readonly op = (
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
    { elementType, shape }: ValueType,
    domain?: string,
  ): Value => {
    const output: Value = { name: this.#newName(opType), elementType, shape: [...shape] };
    const source = this.#current?.source;
    for (const input of inputs) if (input) this.#addUses(input, 1);
    this.#add({ opType, inputs, outputs: [output], attributes, ...(domain && { domain }), ...(source && { source }) });
    return output;
  };

  readonly addConstant = (data: ConstantData, { elementType, shape }: ValueType): Value => {
    if (data.length !== sizeOf(shape)) throw new RangeError(`rewrite: ${data.length} numbers for the shape [${shape}]`);
    const value: Value = { name: this.#newName("folded"), elementType, shape: [...shape] };
    this.#initializers.push({ value, data });
    this.#constants.set(value, data);
    return value;
  };

  run(rule: Rule): boolean {
    let changed = false;
    for (const original of this.graph.nodes) {
      const node = this.#renamed(original);
      this.#current = node;
      const values = rule(node, this);
      if (!values) {
        this.#add(node);
        continue;
      }
      changed = true;
      for (const [i, output] of node.outputs.entries()) {
        this.#addUses(values[i]!, this.uses(output));
        this.#replacements.set(output, values[i]!);
      }
    }
    if (!changed) return false;
    this.#restoreOutputs();
    this.graph.nodes = this.#nodes;
    this.graph.initializers = this.#initializers;
    return true;
  }

  #newName(stem: string): string {
    return newName(this.graph, stem);
  }

  #addUses(value: Value, count: number): void {
    this.#addedUses.set(value, (this.#addedUses.get(value) ?? 0) + count);
  }

  #add(node: Node): void {
    this.#nodes.push(node);
    for (const output of node.outputs) this.#producers.set(output, node);
  }

  #latest(value: Value): Value {
    return this.#replacements.get(value) ?? value;
  }

  #renamed(node: Node): Node {
    return withReads(node, (value) => this.#latest(value));
  }

  /** The outputs of the graph keep their names: a replacement gets the name of the output, or is copied to it. */
  #restoreOutputs(): void {
    const outputs = new Set(this.graph.outputs);
    /** Two outputs may become the same value; it gets the name of the first. */
    const renamed = new Map<Value, Value>();
    for (const output of this.graph.outputs) {
      const replaced = this.#replacements.get(output);
      if (!replaced) continue;
      const replacement = renamed.get(replaced) ?? replaced;
      const producer = this.#producers.get(replacement);
      if (!producer || outputs.has(replacement)) {
        this.#add({ opType: "Identity", inputs: [replacement], outputs: [output], attributes: {} });
        continue;
      }
      renamed.set(replacement, output);
      const substitute = (value: Value) => (value === replacement ? output : value);
      for (const [i, node] of this.#nodes.entries()) {
        const reading = withReads(node, substitute);
        if (node !== producer && reading === node) continue;
        const substituted = { ...reading, outputs: node.outputs.map(substitute) };
        this.#nodes[i] = substituted;
        for (const value of substituted.outputs) this.#producers.set(value, substituted);
      }
    }
  }
}
