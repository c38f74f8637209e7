import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { broadcasts } from "./broadcasts.js";
import { commonSubexpressions } from "./common-subexpressions.js";
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

test("an operation whose operands are both smaller than its result comes before the Expand", async () => {
  const t = new TestGraph();
  const wide = t.op("Expand", [t.input([3]), t.ints(4, 3)], [4, 3]);
  const graph = t.finish(t.op("Div", [wide, t.input([3])], [4, 3]));
  await applied(broadcasts, graph);
  deadCode(graph);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Div", "Expand"]);
  expect(graph.nodes[0]!.outputs[0]!.shape).toEqual([3]);
});

test("the gradient of a mean times a tensor needs no Expand", async () => {
  const t = new TestGraph();
  const wide = t.op("Expand", [t.input([1, 3]), t.ints(4, 3)], [4, 3]);
  const divided = t.op("Div", [wide, t.number(4)], [4, 3]);
  const graph = t.finish(t.op("Mul", [divided, t.input([4, 3])], [4, 3]));
  await applied(broadcasts, graph);
  broadcasts(graph);
  deadCode(graph);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Div", "Mul"]);
});

test("vectors lose leading axes of length 1, and equal differences become one", async () => {
  const t = new TestGraph();
  const [x, mean] = [t.input([2, 4, 3]), t.input([3])];
  const reshaped = t.op("Reshape", [mean, t.ints(1, 1, 3)], [1, 1, 3]);
  const differences = [reshaped, mean].map((vector) => t.op("Sub", [x, vector], [2, 4, 3]));
  const graph = t.finish(t.op("Mul", differences, [2, 4, 3]));
  await applied(broadcasts, graph);
  while ([commonSubexpressions(graph), deadCode(graph)].includes(true));
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Sub", "Mul"]);
});

test("a Reshape that moves numbers stays", async () => {
  const t = new TestGraph();
  const column = t.op("Reshape", [t.input([3]), t.ints(3, 1)], [3, 1]);
  const graph = t.finish(t.op("Mul", [column, t.input([3, 3])], [3, 3]));
  expect(await applied(broadcasts, graph)).toEqual(["Reshape", "Mul"]);
});
