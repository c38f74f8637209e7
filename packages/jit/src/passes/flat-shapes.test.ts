import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { deadCode } from "./dead-code.js";
import { flatShapes } from "./flat-shapes.js";
import { gemm } from "./gemm.js";
import { identities } from "./identities.js";

test("images with one channel are flattened for operations with scalars", async () => {
  const t = new TestGraph();
  const shape = [2, 3, 3, 1];
  const x = t.input(shape);
  const sum = t.op("Add", [x, t.input([1])], shape);
  const graph = t.finish(t.op("Greater", [t.number(0.5), t.op("Sub", [t.number(1), sum], shape)], shape, {}, "bool"));
  await applied(flatShapes, graph);
  await applied(identities, graph);
  deadCode(graph);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Reshape", "Reshape", "Add", "Sub", "Greater", "Reshape"]);
});

test("a bias per channel and a Relu move to the matrix before the reshape to an image", async () => {
  const t = new TestGraph();
  const product = t.op("Gemm", [t.input([12, 5]), t.input([5, 4])], [12, 4]);
  const image = t.op("Reshape", [product, t.ints(2, 2, 3, 4)], [2, 2, 3, 4]);
  const graph = t.finish(t.op("Relu", [t.op("Add", [image, t.input([4])], [2, 2, 3, 4])], [2, 2, 3, 4]));
  for (let i = 0; i < 3; i++) {
    await applied(flatShapes, graph);
    await applied(gemm, graph, 1e-6);
    deadCode(graph);
  }
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Gemm", "Relu", "Reshape"]);
});

test("does not change fast shapes, or images that do not come from a product", () => {
  const t = new TestGraph();
  const image = t.op("Reshape", [t.input([12, 4]), t.ints(2, 2, 3, 4)], [2, 2, 3, 4]);
  const graph = t.finish(
    t.op("Add", [image, t.input([4])], [2, 2, 3, 4]),
    t.op("Mul", [t.input([2, 3, 1]), t.input([2, 3, 1])], [2, 3, 1]),
    t.op("Mul", [t.input([2, 3, 4]), t.number(2)], [2, 3, 4]),
  );
  expect(flatShapes(graph)).toBe(false);
});
