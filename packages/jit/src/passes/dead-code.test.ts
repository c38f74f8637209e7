import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { deadCode } from "./dead-code.js";

test("removes nodes and constants that no output needs, including whole chains", async () => {
  const t = new TestGraph();
  const x = t.input([3]);
  const unused = t.op("Exp", [t.op("Mul", [x, t.number(7)], [3])], [3]);
  t.op("Add", [unused, x], [3]);
  const graph = t.finish(t.op("Mul", [x, t.number(2)], [3]));
  expect(await applied(deadCode, graph)).toEqual(["Mul"]);
  expect(graph.initializers.map(({ data }) => data[0])).toEqual([2]);
});

test("keeps a node if one of its outputs is needed", async () => {
  const t = new TestGraph();
  const x = t.input([4]);
  const type = { elementType: "float32", shape: [2] } as const;
  const [, second] = t.builder.node("Split", [x, t.ints(2, 2)], { axis: { int: 0 } }, [type, type]);
  expect(await applied(deadCode, t.finish(second!))).toEqual(["Split"]);
});
