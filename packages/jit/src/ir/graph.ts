/**
 * Element types of the values in a graph. `int64` occurs only inside a graph (axes, shapes, indices), because tfjs has
 * no such tensors.
 */
export type ElementType = "float32" | "int32" | "bool" | "int64";

/** Memory of a constant: `float32` Float32Array, `int32` Int32Array, `bool` Uint8Array (0 or 1), `int64` BigInt64Array. */
export type ConstantData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Type and static shape of a value. */
export interface ValueType {
  readonly elementType: ElementType;
  readonly shape: readonly number[];
}

/** One edge of the graph: a tensor whose shape is known. Values are compared by identity; their names are unique in a graph. */
export interface Value extends ValueType {
  readonly name: string;
}

/** A value known at trace time. */
export interface Initializer {
  readonly value: Value;
  readonly data: ConstantData;
  /** The node or kernel that first created it, if known. */
  readonly source?: Source;
}

/** An attribute of a node. The key names the ONNX type, because a JavaScript number does not tell ints from floats. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Initializer }
  | { readonly graph: Graph };

/** The source of a node: the tfjs kernel, and the line of the program that called it. */
export interface Source {
  readonly kernel: string;
  readonly callSite?: string;
}

/** One ONNX operation. An absent optional input is `undefined`. */
export interface Node {
  readonly opType: string;
  /** Operator set; absent means the ONNX one, `com.microsoft` is onnxruntime's own. */
  readonly domain?: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly source?: Source;
}

/**
 * A graph in execution order: a node comes after the nodes whose outputs it reads.
 *
 * A pass may replace `nodes` and `initializers` freely, but keeps `inputs` and `outputs` as they are (the same
 * `Value` objects in the same order): the runtime binds its buffers to their names. Each output is the output of
 * exactly one node, never an input, an initializer or another output ({@link GraphBuilder.finish} sees to that).
 */
export class Graph {
  constructor(
    readonly name: string,
    readonly inputs: readonly Value[],
    readonly outputs: readonly Value[],
    public initializers: readonly Initializer[],
    public nodes: readonly Node[],
  ) {}

  /** Initializer data by value. */
  constants(): Map<Value, ConstantData> {
    return new Map(this.initializers.map(({ value, data }) => [value, data]));
  }

  /** The node that computes each value. */
  producers(): Map<Value, Node> {
    return new Map(this.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  }

  /**
   * The nodes that read each value, once per occurrence. Reads inside subgraphs count for the node that contains the
   * subgraph.
   */
  consumers(): Map<Value, Node[]> {
    const result = new Map<Value, Node[]>();
    for (const node of this.nodes) {
      for (const value of readsOf(node)) {
        const nodes = result.get(value);
        if (nodes) nodes.push(node);
        else result.set(value, [node]);
      }
    }
    return result;
  }
}

/** All values that a node reads: its inputs, and the values of the outer graph that its subgraphs read. */
export function readsOf(node: Node): Value[] {
  const reads = node.inputs.filter((value) => value !== undefined);
  for (const attribute of Object.values(node.attributes)) {
    if ("graph" in attribute) {
      for (const inner of attribute.graph.nodes) reads.push(...readsOf(inner));
    }
  }
  return reads;
}

/** The node with other values for those that it reads, also in its subgraphs; the node itself if all stay. */
export function withReads(node: Node, replacementOf: (value: Value) => Value): Node {
  const inputs = node.inputs.map((input) => input && replacementOf(input));
  const subgraphs = Object.entries(node.attributes).flatMap(([name, attribute]) => {
    if (!("graph" in attribute)) return [];
    const { graph } = attribute;
    const nodes = graph.nodes.map((inner) => withReads(inner, replacementOf));
    if (nodes.every((inner, i) => inner === graph.nodes[i])) return [];
    return [[name, { graph: new Graph(graph.name, graph.inputs, graph.outputs, graph.initializers, nodes) }] as const];
  });
  if (subgraphs.length === 0 && inputs.every((input, i) => input === node.inputs[i])) return node;
  return { ...node, inputs, attributes: { ...node.attributes, ...Object.fromEntries(subgraphs) } };
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}
