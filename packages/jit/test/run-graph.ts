import ort from "onnxruntime-node";
import { expect } from "vitest";
import { type ConstantData, type Graph, sizeOf, type Value } from "../src/ir/graph.js";
import { encodeModel } from "../src/onnx/encode.js";

/** Reproducible numbers for a graph's inputs: in (-2, 2), integers 0 ... 2 for the other types. */
export function numbersFor({ elementType, shape }: Value, seed: number): ConstantData {
  let state = seed * 7919 + 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const size = sizeOf(shape);
  switch (elementType) {
    case "float32":
      return Float32Array.from({ length: size }, () => 4 * next() - 2);
    case "int32":
      return Int32Array.from({ length: size }, () => Math.floor(3 * next()));
    case "bool":
      return Uint8Array.from({ length: size }, () => (next() < 0.5 ? 0 : 1));
    case "int64":
      return BigInt64Array.from({ length: size }, () => BigInt(Math.floor(3 * next())));
  }
}

/**
 * Runs a graph with onnxruntime-node without the runtime's own optimizations. Missing inputs get {@link numbersFor}.
 */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, ConstantData>> = {},
): Promise<Map<string, ConstantData>> {
  const session = await ort.InferenceSession.create(encodeModel(graph), {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const inputs = graph.inputs.map((value, i) => {
    const data = feeds[value.name] ?? numbersFor(value, i + 1);
    return [value.name, new ort.Tensor(value.elementType, data as Float32Array, [...value.shape])] as const;
  });
  const outputs = await session.run(Object.fromEntries(inputs));
  await session.release();
  for (const { name, shape } of graph.outputs) expect(outputs[name]!.dims, name).toEqual([...shape]);
  return new Map(graph.outputs.map(({ name }) => [name, outputs[name]!.data as ConstantData]));
}

/** A copy whose nodes can be replaced without touching the original. */
export function copyOf(graph: Graph): Graph {
  return Object.assign(Object.create(Object.getPrototypeOf(graph)), graph);
}

/** Fails unless `rewritten` gives what `original` gives, each element within `tolerance` of the output's largest one. */
export async function expectSameResults(rewritten: Graph, original: Graph, tolerance = 0): Promise<void> {
  const expected = await runGraph(original);
  const actual = await runGraph(rewritten);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    const scale = Math.max(...Array.from(values as Float32Array, (x) => Math.abs(Number(x))), 1e-30);
    const others = actual.get(name)!;
    for (const [i, value] of values.entries()) {
      const difference = Math.abs(Number(others[i]) - Number(value));
      expect(
        difference <= tolerance * scale || Object.is(others[i], value),
        `${name}[${i}]: ${others[i]} instead of ${value}`,
      ).toBe(true);
    }
  }
}

export function opTypes(graph: Graph): string[] {
  return graph.nodes.map(({ opType }) => opType);
}
