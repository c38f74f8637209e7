import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { runGraph } from "../../test/run-graph.js";
import { rowSums } from "./row-sums.js";

test.each([
  [[6, 5], [0], false],
  [[6, 5], [0], true],
  [[2, 3, 4, 5], [2, 0, 1], false],
  [[2, 3, 4, 5], [0, 1, 2], true],
  [[2, 3, 1], [0, 1], false],
] as const)("the sum of %s over %s (keepdims %s) is a product with ones", async (shape, axes, keeps) => {
  const t = new TestGraph();
  const last = shape.at(-1)!;
  const reduced = keeps ? [...shape.slice(0, -1).map(() => 1), last] : [last];
  const sum = t.op("ReduceSum", [t.input(shape), t.ints(...axes)], reduced, { keepdims: { int: keeps ? 1 : 0 } });
  const types = await applied(rowSums, t.finish(sum), 1e-6);
  expect(types).toContain(last === 1 ? "ReduceSum" : "MatMul");
});

test.each([
  ["ReduceSum", [300, 5]],
  ["ReduceSum", [257, 3]],
  ["ReduceMean", [10, 6, 5, 4]],
] as const)("%s of many rows, %s", async (opType, shape) => {
  const t = new TestGraph();
  const axes = shape.slice(0, -1).map((_, axis) => axis);
  const sum = t.op(opType, [t.input(shape), t.ints(...axes)], [shape.at(-1)!], { keepdims: { int: 0 } });
  const types = await applied(rowSums, t.finish(sum), 1e-5);
  expect(types).toContain("MatMul");
  expect(types).not.toContain(opType);
});

test("the average of 32,768 rows is exact to float32, and that of few stays one node", async () => {
  const average = async (rows: number) => {
    const t = new TestGraph();
    const mean = t.op("ReduceMean", [t.input([rows, 2]), t.ints(0)], [2], { keepdims: { int: 0 } });
    const graph = t.finish(mean);
    expect(rowSums(graph)).toBe(rows === 32_768);
    return graph;
  };
  await average(255);
  const graph = await average(32_768);
  // Sums of ones and of 0.1: one after the other they are 2e-4 off in float32.
  const x = new Float32Array(2 * 32_768).map((_, i) => (i % 2 === 0 ? 1 : Math.fround(0.1)));
  const results = await runGraph(graph, { [graph.inputs[0]!.name]: x });
  const [one, tenth] = results.get(graph.outputs[0]!.name) as Float32Array;
  expect(one).toBe(1);
  expect(Math.abs(tenth! / Math.fround(0.1) - 1)).toBeLessThan(2e-6);
});

test("sums over other axes stay", () => {
  const t = new TestGraph();
  const x = t.input([2, 3, 4]);
  const sums = [[1, 2], [0], [0, 2]].map((axes) =>
    t.op(
      "ReduceSum",
      [x, t.ints(...axes)],
      [2, 3, 4].filter((_, axis) => !axes.includes(axis)),
      { keepdims: { int: 0 } },
    ),
  );
  expect(rowSums(t.finish(...sums))).toBe(false);
});
