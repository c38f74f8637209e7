import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { deadCode } from "./dead-code.js";
import { gemm } from "./gemm.js";

const TOLERANCE = 1e-6;

test("a matrix product, its bias and the transpositions of its factors become one node", async () => {
  const t = new TestGraph();
  const a = t.op("Transpose", [t.input([5, 4])], [4, 5]);
  const b = t.op("Transpose", [t.input([3, 5])], [5, 3]);
  const graph = t.finish(t.op("Add", [t.op("MatMul", [a, b], [4, 3]), t.input([3])], [4, 3]));
  for (let i = 0; i < 3; i++) {
    await applied(gemm, graph, TOLERANCE);
    deadCode(graph);
  }
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Gemm"]);
  expect(graph.nodes[0]!.attributes).toEqual({ transA: { int: 1 }, transB: { int: 1 } });
  expect(graph.nodes[0]!.inputs).toHaveLength(3);
});

test("a flag and a transposition cancel", async () => {
  const t = new TestGraph();
  const a = t.op("Transpose", [t.input([4, 5])], [5, 4]);
  const graph = t.finish(t.op("Gemm", [a, t.input([5, 3])], [4, 3], { transA: { int: 1 } }));
  await applied(gemm, graph, TOLERANCE);
  expect(graph.nodes.at(-1)!.attributes).toEqual({});
});

test.each([
  ["on the left", [3], true],
  ["of one row", [1, 3], false],
  ["of one column", [4, 1], false],
  ["scalar", [], false],
  ["another matrix", [4, 3], true],
] as const)("a bias %s is taken in", async (_, shape, isLeft) => {
  const t = new TestGraph();
  const product = t.op("Gemm", [t.input([4, 5]), t.input([5, 3])], [4, 3]);
  const bias = t.input(shape);
  const graph = t.finish(t.op("Add", isLeft ? [bias, product] : [product, bias], [4, 3]));
  await applied(gemm, graph, TOLERANCE);
  deadCode(graph);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Gemm"]);
});

test("not a bias: a term that expands the product, a term added to a product that others read, or a second term", async () => {
  const t = new TestGraph();
  const product = () => t.op("Gemm", [t.input([1, 5]), t.input([5, 3])], [1, 3]);
  const shared = product();
  const twice = t.op("Gemm", [t.input([1, 5]), t.input([5, 3]), t.input([3])], [1, 3]);
  const graph = t.finish(
    t.op("Add", [product(), t.input([4, 3])], [4, 3]),
    t.op("Mul", [t.op("Add", [shared, t.input([3])], [1, 3]), shared], [1, 3]),
    t.op("Add", [twice, t.input([3])], [1, 3]),
  );
  expect(gemm(graph)).toBe(false);
});

test("batched and integer products are not changed", () => {
  const t = new TestGraph();
  const batched = t.op("MatMul", [t.input([2, 4, 5]), t.input([5, 3])], [2, 4, 3]);
  const integers = t.op("MatMul", [t.input([4, 5], "int32"), t.input([5, 3], "int32")], [4, 3], {}, "int32");
  expect(gemm(t.finish(batched, integers))).toBe(false);
});
