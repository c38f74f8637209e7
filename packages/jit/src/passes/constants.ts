import { type ConstantData, type Graph, type Value, withReads } from "../ir/graph.js";

/** Merges equal constants, so that nodes that read them can be recognized as equal. */
export function constants(graph: Graph): boolean {
  const buckets = new Map<string, { value: Value; data: ConstantData }[]>();
  const replacements = new Map<Value, Value>();
  const kept = graph.initializers.filter(({ value, data }) => {
    const key = `${value.elementType} [${value.shape}] ${data[0]} ${data[data.length >> 1]} ${data[data.length - 1]}`;
    const bucket = buckets.get(key) ?? [];
    const equal = bucket.find((other) => sameNumbers(other.data, data));
    if (equal) replacements.set(value, equal.value);
    else buckets.set(key, [...bucket, { value, data }]);
    return !equal;
  });
  if (replacements.size === 0) return false;
  graph.initializers = kept;
  graph.nodes = graph.nodes.map((node) => withReads(node, (value) => replacements.get(value) ?? value));
  return true;
}

function sameNumbers(a: ConstantData, b: ConstantData): boolean {
  if (a === b) return true;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return a.length === b.length;
}
