import {
  type ConstantData,
  type Graph,
  type Initializer,
  type Node,
  readsOf,
  sizeOf,
  type Value,
} from "../ir/graph.js";
import { sameData, sameOperation } from "../ir/same-graph.js";
import { sameShape } from "../passes/shapes.js";

/** The graph of a function for every batch size, from its traces at two sizes. */
export interface DynamicGraph {
  readonly graph: Graph;
  /** The batch axes of inputs and outputs. */
  readonly batchAxes: ReadonlyMap<Value, readonly boolean[]>;
}

/**
 * Finds the graph that generalizes two traces of a function at two batch sizes. The traces must be equal node by node,
 * except for the shapes of values and for constants. In the shape of a Reshape the batch becomes -1; other sizes (of an
 * Expand, the repeats of a Tile) are computed from the batch; constants that repeat along the batch, such as zeros, are
 * expanded. If there is no such graph, returns a sentence that says what depends on the size.
 */
export function dynamicGraph(a: Graph, b: Graph, sizes: readonly [number, number]): DynamicGraph | string {
  if (a.nodes.length !== b.nodes.length) return `the number of nodes, ${a.nodes.length} and ${b.nodes.length}`;
  for (const [i, node] of a.nodes.entries()) {
    if (!sameOperation(node, b.nodes[i]!)) return `${node.opType} of ${node.source?.kernel ?? "the graph"}`;
  }
  const batchAxes = new Map<Value, readonly boolean[]>();
  for (const [value, other] of [...zip(a.inputs, b.inputs), ...zip(a.outputs, b.outputs)]) {
    const axes = value.shape.map((size, axis) => size !== other.shape[axis]);
    const isBatch = axes.every(
      (differs, axis) => !differs || (value.shape[axis] === sizes[0] && other.shape[axis] === sizes[1]),
    );
    if (!isBatch) return `the shape of ${value.name}, [${value.shape}] and [${other.shape}]`;
    batchAxes.set(value, axes);
  }
  if (a.initializers.length !== b.initializers.length) return "the constants";
  const constants = new DynamicConstants(a.inputs, batchAxes, sizes);
  for (const [own, other] of zip(a.initializers, b.initializers)) {
    const readers = a.nodes.filter((node) => readsOf(node).includes(own.value));
    if (!constants.add(own, other, readers)) {
      return `a constant of ${readers.map(({ opType }) => opType).join(", ") || "the graph"}`;
    }
  }
  a.initializers = constants.initializers;
  a.nodes = [...constants.nodes, ...a.nodes];
  return { graph: a, batchAxes };
}

/** The constants of two traces as constants of one graph, and as nodes where they depend on the batch. */
class DynamicConstants {
  readonly initializers: Initializer[] = [];
  /** These nodes come before all others. */
  readonly nodes: Node[] = [];
  #batch: Value | undefined;

  constructor(
    readonly inputs: readonly Value[],
    readonly batchAxes: ReadonlyMap<Value, readonly boolean[]>,
    readonly sizes: readonly [number, number],
  ) {}

  /** False if no generalization of both is found. */
  add(own: Initializer, other: Initializer, readers: readonly Node[]): boolean {
    const { value, data } = own;
    if (sameShape(value.shape, other.value.shape)) {
      if (sameData(data, other.data)) {
        this.initializers.push(own);
        return true;
      }
      return data instanceof BigInt64Array && this.#addSizes(value, data, other.data as BigInt64Array, readers);
    }
    return this.#addSpread(own, other);
  }

  #addSizes(value: Value, own: BigInt64Array, other: BigInt64Array, readers: readonly Node[]): boolean {
    const differing = [...own.keys()].filter((i) => own[i] !== other[i]);
    const isTarget = readers.every(({ opType, inputs }) => opType === "Reshape" && inputs[1] === value);
    if (readers.length > 0 && isTarget && differing.length === 1) {
      const data = own.slice();
      data[differing[0]!] = -1n;
      this.initializers.push({ value, data });
      return true;
    }
    const perBatch = BigInt(this.sizes[1] - this.sizes[0]);
    const growth = own.map((size, i) => other[i]! - size);
    if (growth.some((difference) => difference % perBatch !== 0n)) return false;
    const factor = growth.map((difference) => difference / perBatch);
    const rest = own.map((size, i) => size - factor[i]! * BigInt(this.sizes[0]));
    this.#addComputed(value, factor, rest);
    return true;
  }

  /** `value = factor * batch + rest`. */
  #addComputed(value: Value, factor: BigInt64Array, rest: BigInt64Array): void {
    const multiple = this.#derived(value, "multiple");
    this.#node("Mul", [this.#constant(this.#derived(value, "factor"), factor), this.#batchSize()], multiple);
    this.#node("Add", [multiple, this.#constant(this.#derived(value, "rest"), rest)], value);
  }

  /** One entry along the batch, repeated. */
  #addSpread(own: Initializer, other: Initializer): boolean {
    const { value } = own;
    const axes = value.shape.flatMap((size, axis) => (size === other.value.shape[axis] ? [] : [axis]));
    const [first, second] = [entryAlong(own, axes), entryAlong(other, axes)];
    if (!first || !second || !sameData(first, second)) return false;
    const shape = value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const entry: Value = { name: `${value.name}:entry`, elementType: value.elementType, shape };
    this.initializers.push({ value: entry, data: first });
    const target: Value = { name: `${value.name}:shape`, elementType: "int64", shape: [shape.length] };
    if (!this.#addSizes(target, bigints(value.shape), bigints(other.value.shape), [])) return false;
    this.#node("Expand", [entry, target], value);
    return true;
  }

  /** The size of the batch, a vector of one element. */
  #batchSize(): Value {
    if (this.#batch) return this.#batch;
    const input = this.inputs.find((value) => this.batchAxes.get(value)!.includes(true))!;
    const axis = this.batchAxes.get(input)!.indexOf(true);
    this.#batch = { name: "batch:size", elementType: "int64", shape: [1] };
    this.nodes.push({
      opType: "Shape",
      inputs: [input],
      outputs: [this.#batch],
      attributes: { start: { int: axis }, end: { int: axis + 1 } },
    });
    return this.#batch;
  }

  #derived(value: Value, role: string): Value {
    return { ...value, name: `${value.name}:${role}` };
  }

  #constant(value: Value, data: BigInt64Array): Value {
    this.initializers.push({ value, data });
    return value;
  }

  #node(opType: string, inputs: Value[], output: Value): void {
    this.nodes.push({ opType, inputs, outputs: [output], attributes: {} });
  }
}

/** The numbers of the first entry along the axes, if all entries are equal. */
function entryAlong({ value: { shape }, data }: Initializer, axes: readonly number[]): ConstantData | undefined {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  /** Position of the element that has 0 along the axes. */
  const origin = (i: number) =>
    axes.reduce((position, axis) => position - (Math.floor(i / strides[axis]!) % shape[axis]!) * strides[axis]!, i);
  for (const i of data.keys()) if (!Object.is(data[i], data[origin(i)])) return undefined;
  return data.filter(((_: unknown, i: number) => origin(i) === i) as never) as ConstantData;
}

function bigints(values: readonly number[]): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}

function zip<T>(a: readonly T[], b: readonly T[]): [T, T][] {
  return a.map((value, i) => [value, b[i]!]);
}
