import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { constantFolding } from "./constant-folding.js";
import { deadCode } from "./dead-code.js";

test("arithmetic on constants is done once, with broadcasting", async () => {
  const t = new TestGraph();
  const column = t.builder.constant([1, 2], [2, 1], "float32");
  const row = t.builder.constant([0.1, 0.2, 0.3], [3], "float32");
  const sum = t.op("Add", [t.op("Mul", [column, row], [2, 3]), t.op("Sqrt", [t.number(2)], [])], [2, 3]);
  const graph = t.finish(t.op("Mul", [t.input([2, 3]), sum], [2, 3]));
  expect(await applied(constantFolding, graph)).toEqual(["Mul"]);
});

test.each([
  ["Transpose", [3, 1, 2], { perm: { ints: [2, 0, 1] } }],
  ["Transpose", [3, 2, 1], {}],
] as const)("%s of a constant to [%s]", async (opType, shape, attributes) => {
  const t = new TestGraph();
  const constant = t.builder.constant([1, 2, 3, 4, 5, 6], [1, 2, 3], "float32");
  const graph = t.finish(t.op("Add", [t.op(opType, [constant], shape, attributes), t.input(shape)], shape));
  expect(await applied(constantFolding, graph)).toEqual(["Add"]);
});

test("constants are expanded, reshaped and cast", async () => {
  const t = new TestGraph();
  const row = t.op("Expand", [t.builder.constant([1, 2, 3], [3], "float32"), t.ints(2, 3)], [2, 3]);
  const flat = t.op("Reshape", [row, t.ints(6)], [6]);
  const mask = t.op("Cast", [t.builder.constant([1, 0, 1, 1, 0, 0], [6], "bool")], [6], { to: { int: 1 } });
  const graph = t.finish(t.op("Add", [t.op("Mul", [flat, mask], [6]), t.input([6])], [6]));
  expect(await applied(constantFolding, graph)).toEqual(["Add"]);
});

test("large results, integer arithmetic and unknown operations are not folded", async () => {
  const t = new TestGraph();
  const large = t.op("Expand", [t.number(1), t.ints(300, 300)], [300, 300]);
  const integers = t.op(
    "Add",
    [t.builder.constant([1], [], "int32"), t.builder.constant([2], [], "int32")],
    [],
    {},
    "int32",
  );
  const sine = t.op("Sin", [t.number(1)], []);
  const graph = t.finish(large, integers, sine);
  expect(await applied(constantFolding, graph)).toEqual(["Expand", "Add", "Sin"]);
});

test("a constant output of the graph remains an output", async () => {
  const t = new TestGraph();
  const graph = t.finish(t.op("Add", [t.number(1), t.number(2)], []));
  expect(await applied(constantFolding, graph)).toEqual(["Identity"]);
  deadCode(graph);
  expect(graph.initializers).toHaveLength(1);
});
