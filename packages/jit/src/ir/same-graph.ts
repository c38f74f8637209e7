import type { Attribute, ConstantData, Graph, Node, Value } from "./graph.js";

/** True for graphs that are equal node by node, in names, shapes and constants, as of a function traced twice. */
export function sameGraph(a: Graph, b: Graph): boolean {
  return (
    sameValues(a.inputs, b.inputs) &&
    sameValues(a.outputs, b.outputs) &&
    a.nodes.length === b.nodes.length &&
    a.nodes.every((node, i) => sameOperation(node, b.nodes[i]!) && sameValues(node.outputs, b.nodes[i]!.outputs)) &&
    a.initializers.length === b.initializers.length &&
    a.initializers.every(({ value, data }, i) => {
      const other = b.initializers[i]!;
      return sameValues([value], [other.value]) && sameData(data, other.data);
    })
  );
}

/** True for nodes with the same operation and the same names of values; shapes may differ. */
export function sameOperation(a: Node, b: Node): boolean {
  return (
    a.opType === b.opType &&
    a.domain === b.domain &&
    sameNames(a.inputs, b.inputs) &&
    sameNames(a.outputs, b.outputs) &&
    sameAttributes(a.attributes, b.attributes)
  );
}

/** True for equal numbers; NaN equals NaN. */
export function sameData(a: ConstantData, b: ConstantData): boolean {
  return a.length === b.length && a.every((_, i) => Object.is(a[i], b[i]));
}

function sameValues(a: readonly Value[], b: readonly Value[]): boolean {
  return (
    sameNames(a, b) &&
    a.every(({ elementType, shape }, i) => elementType === b[i]!.elementType && `${shape}` === `${b[i]!.shape}`)
  );
}

function sameNames(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[]): boolean {
  return a.length === b.length && a.every((value, i) => value?.name === b[i]?.name);
}

/** Traced graphs have no subgraphs; a graph with one is never equal to another. */
export function sameAttributes(
  a: Readonly<Record<string, Attribute>>,
  b: Readonly<Record<string, Attribute>>,
): boolean {
  const text = (attributes: Readonly<Record<string, Attribute>>) =>
    JSON.stringify(attributes, (key, value) => (key === "graph" ? Math.random() : portable(value)));
  return text(a) === text(b);
}

function portable(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>, String) : value;
}
