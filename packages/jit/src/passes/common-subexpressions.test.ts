import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { commonSubexpressions } from "./common-subexpressions.js";

test("repeated computations are done once, and so are those that depend on them", async () => {
  const t = new TestGraph();
  const x = t.input([3]);
  const first = t.op("Sqrt", [t.op("Exp", [x], [3])], [3]);
  const second = t.op("Sqrt", [t.op("Exp", [x], [3])], [3]);
  const graph = t.finish(t.op("Mul", [first, second], [3]));
  expect(await applied(commonSubexpressions, graph)).toEqual(["Exp", "Sqrt", "Mul"]);
});

test("different attributes, inputs or order of inputs are different computations", async () => {
  const t = new TestGraph();
  const x = t.input([2, 3]);
  const y = t.input([2, 3]);
  const sums = [0, 1].map((axis) => t.op("Softmax", [x], [2, 3], { axis: { int: axis } }));
  const differences = [t.op("Sub", [x, y], [2, 3]), t.op("Sub", [y, x], [2, 3])];
  const graph = t.finish(...sums, ...differences);
  expect(await applied(commonSubexpressions, graph)).toHaveLength(4);
});

test("two equal outputs of the graph both stay", async () => {
  const t = new TestGraph();
  const x = t.input([3]);
  const graph = t.finish(t.op("Exp", [x], [3]), t.op("Exp", [x], [3]));
  expect(await applied(commonSubexpressions, graph)).toEqual(["Exp", "Identity"]);
});
