import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { broadcasts } from "./broadcasts.js";
import { deadCode } from "./dead-code.js";

test("an elementwise operation broadcasts a scalar without an Expand", async () => {
  const t = new TestGraph();
  const dy = t.op("Expand", [t.input([]), t.ints(4, 3)], [4, 3]);
  const graph = t.finish(t.op("Mul", [dy, t.input([4, 3])], [4, 3]));
  expect((await applied(broadcasts, graph)).at(-1)).toBe("Mul");
  deadCode(graph);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Mul"]);
});

test("a Tile of axes of size 1 is treated as an Expand, one of longer axes is not", async () => {
  const t = new TestGraph();
  const column = t.op("Tile", [t.input([4, 1]), t.ints(1, 3)], [4, 3]);
  const repeated = t.op("Tile", [t.input([2, 3]), t.ints(2, 1)], [4, 3]);
  const graph = t.finish(t.op("Sub", [column, repeated], [4, 3]));
  await applied(broadcasts, graph);
  deadCode(graph);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Tile", "Sub"]);
});

test("an Expand stays if the result would be smaller without it", async () => {
  const t = new TestGraph();
  const wide = t.op("Expand", [t.input([3]), t.ints(4, 3)], [4, 3]);
  expect(await applied(broadcasts, t.finish(t.op("Mul", [wide, t.input([3])], [4, 3])))).toEqual(["Expand", "Mul"]);
});
