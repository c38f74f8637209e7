import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
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
