import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import type { Graph } from "../ir/graph.js";
import { paddedPools } from "./padded-pools.js";

const pads = (t: TestGraph) => t.ints(0, 0, 1, 1, 0, 0, 1, 1);
const window = { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } };
const axesOf = (graph: Graph) =>
  graph.nodes.filter(({ opType }) => opType === "Pad").map(({ inputs }) => inputs.length);

test.each(["MaxPool", "AveragePool"])("a Pad before a %s names its axes", async (pool) => {
  const t = new TestGraph();
  const padded = t.op("Pad", [t.input([2, 3, 4, 6]), pads(t), t.number(0)], [2, 3, 6, 8]);
  const graph = t.finish(t.op(pool, [padded], [2, 3, 3, 4], window));
  await applied(paddedPools, graph);
  expect(axesOf(graph)).toEqual([4]);
  expect(paddedPools(graph)).toBe(false);
});

test("also if they become adjacent once transpositions are moved", async () => {
  const t = new TestGraph();
  const padded = t.op("Pad", [t.input([2, 4, 6, 3]), t.ints(0, 1, 1, 0, 0, 1, 1, 0), t.number(0)], [2, 6, 8, 3]);
  const channelsFirst = t.op("Transpose", [padded], [2, 3, 6, 8], { perm: { ints: [0, 3, 1, 2] } });
  const graph = t.finish(t.op("MaxPool", [channelsFirst], [2, 3, 3, 4], window));
  await applied(paddedPools, graph);
  expect(axesOf(graph)).toEqual([4]);
});

test("other Pads are not changed", () => {
  const t = new TestGraph();
  const padded = t.op("Pad", [t.input([2, 3, 4, 6]), pads(t), t.number(0)], [2, 3, 6, 8]);
  const y = t.op("Conv", [padded, t.input([4, 3, 2, 2])], [2, 4, 3, 4], window);
  const maxima = t.op("MaxPool", [t.op("Relu", [y], [2, 4, 3, 4])], [2, 4, 1, 2], window);
  expect(paddedPools(t.finish(maxima))).toBe(false);
});
