import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { commonSubexpressions } from "./common-subexpressions.js";
import { constantFolding } from "./constant-folding.js";
import { constants } from "./constants.js";

test("equal constants are merged, and then the nodes that read them", async () => {
  const t = new TestGraph();
  const x = t.input([3]);
  const halves = [t.number(0.5), t.op("Div", [t.number(1), t.number(2)], [])];
  const graph = t.finish(
    t.op(
      "Add",
      halves.map((half) => t.op("Mul", [x, half], [3])),
      [3],
    ),
  );
  constantFolding(graph);
  expect(graph.initializers).toHaveLength(4);
  expect(await applied(constants, graph)).toEqual(["Mul", "Mul", "Add"]);
  expect(graph.initializers).toHaveLength(3);
  expect(await applied(commonSubexpressions, graph)).toEqual(["Mul", "Add"]);
});

test("constants with another shape, sign of zero or type are not merged", async () => {
  const t = new TestGraph();
  const values = [
    t.builder.constant([0, 1], [2], "float32"),
    t.builder.constant([0, 1], [1, 2], "float32"),
    t.builder.constant([-0, 1], [2], "float32"),
  ];
  const graph = t.finish(...values.map((value) => t.op("Mul", [t.input([1, 2]), value], [1, 2])));
  expect(constants(graph)).toBe(false);
  expect(graph.initializers).toHaveLength(3);
});
