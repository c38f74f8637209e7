import { describe, expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import type { Value } from "../ir/graph.js";
import { deadCode } from "./dead-code.js";
import { identities } from "./identities.js";

/** The remaining node types of `build(x)` for x of shape [2, 3], between a Sin before and a Cos after. */
async function left(build: (t: TestGraph, x: Value) => Value): Promise<string[]> {
  const t = new TestGraph();
  const result = build(t, t.op("Sin", [t.input([2, 3])], [2, 3]));
  const graph = t.finish(t.op("Cos", [result], result.shape));
  const all = async () => applied((g) => [identities(g), deadCode(g)].includes(true), graph);
  await all();
  return (await all()).filter((opType) => opType !== "Sin" && opType !== "Cos");
}

describe("disappears:", () => {
  test.each<[string, (t: TestGraph, x: Value) => Value]>([
    ["x * 1", (t, x) => t.op("Mul", [x, t.number(1)], [2, 3])],
    ["ones * x", (t, x) => t.op("Mul", [t.filled(1, [2, 3]), x], [2, 3])],
    ["x / 1", (t, x) => t.op("Div", [x, t.number(1)], [2, 3])],
    ["x + 0", (t, x) => t.op("Add", [x, t.number(0)], [2, 3])],
    ["0 + x", (t, x) => t.op("Add", [t.number(0), x], [2, 3])],
    ["x - 0", (t, x) => t.op("Sub", [x, t.filled(0, [3])], [2, 3])],
    ["-(-x)", (t, x) => t.op("Neg", [t.op("Neg", [x], [2, 3])], [2, 3])],
    ["a cast to the same type", (t, x) => t.op("Cast", [x], [2, 3], { to: { int: 1 } })],
    ["Identity", (t, x) => t.op("Identity", [x], [2, 3])],
    ["a transposition and back", (t, x) => t.op("Transpose", [t.op("Transpose", [x], [3, 2])], [2, 3])],
    ["a reshape and back", (t, x) => t.op("Reshape", [t.op("Reshape", [x, t.ints(6)], [6]), t.ints(2, 3)], [2, 3])],
  ])("%s", async (_, build) => {
    expect(await left(build)).toEqual([]);
  });
});

describe("becomes one node:", () => {
  test.each<[string, string, (t: TestGraph, x: Value) => Value]>([
    ["a + (-b)", "Sub", (t, x) => t.op("Add", [t.number(3), t.op("Neg", [x], [2, 3])], [2, 3])],
    ["(-a) + b", "Sub", (t, x) => t.op("Add", [t.op("Neg", [x], [2, 3]), t.number(3)], [2, 3])],
    ["a - (-b)", "Add", (t, x) => t.op("Sub", [t.number(3), t.op("Neg", [x], [2, 3])], [2, 3])],
    [
      "a reshape of a reshape",
      "Reshape",
      (t, x) => t.op("Unsqueeze", [t.op("Reshape", [x, t.ints(6)], [6]), t.ints(0)], [1, 6]),
    ],
    [
      "a transposition of a transposition",
      "Transpose",
      (t, x) => {
        const cube = t.op("Expand", [x, t.ints(4, 2, 3)], [4, 2, 3]);
        const first = t.op("Transpose", [cube], [3, 4, 2], { perm: { ints: [2, 0, 1] } });
        return t.op("Transpose", [first], [4, 3, 2], { perm: { ints: [1, 0, 2] } });
      },
    ],
    [
      "a transposition of axes of one entry",
      "Reshape",
      (t, x) =>
        t.op("Transpose", [t.op("Reshape", [x, t.ints(2, 1, 3)], [2, 1, 3])], [1, 2, 3], { perm: { ints: [1, 0, 2] } }),
    ],
    ["ones that stretch x", "Expand", (t, x) => t.op("Mul", [x, t.filled(1, [4, 2, 3])], [4, 2, 3])],
  ])("%s", async (_, opType, build) => {
    expect((await left(build)).filter((type) => type !== "Expand" || opType === "Expand")).toEqual([opType]);
  });
});

test("0 - x, 1 / x and a negation that others read are not changed", async () => {
  expect(await left((t, x) => t.op("Sub", [t.number(0), x], [2, 3]))).toEqual(["Sub"]);
  expect(await left((t, x) => t.op("Div", [t.number(1), x], [2, 3]))).toEqual(["Div"]);
  const shared = await left((t, x) => {
    const negative = t.op("Neg", [x], [2, 3]);
    return t.op("Mul", [t.op("Add", [x, negative], [2, 3]), negative], [2, 3]);
  });
  expect(shared).toEqual(["Neg", "Add", "Mul"]);
});

test("an output of the graph that equals an input or another output is copied", async () => {
  const t = new TestGraph();
  const x = t.input([3]);
  const y = t.op("Exp", [x], [3]);
  const graph = t.finish(t.op("Mul", [x, t.number(1)], [3]), y, t.op("Add", [y, t.number(0)], [3]));
  expect(await applied(identities, graph)).toEqual(["Exp", "Identity", "Identity"]);
});

test("two outputs that become the same inner value both stay", async () => {
  const t = new TestGraph();
  const y = t.op("Exp", [t.input([3])], [3]);
  const graph = t.finish(t.op("Mul", [y, t.number(1)], [3]), t.op("Add", [y, t.number(0)], [3]));
  expect(await applied(identities, graph)).toEqual(["Exp", "Identity"]);
});

test("an output that is a copy of an input or of another output stays, and is no change", async () => {
  const t = new TestGraph();
  const x = t.input([2]);
  const y = t.op("Exp", [x], [2]);
  const graph = t.finish(x, y, y, t.op("Identity", [t.op("Neg", [x], [2])], [2]));
  expect((await applied(identities, graph)).sort()).toEqual(["Exp", "Identity", "Identity", "Neg"]);
  expect(identities(graph)).toBe(false);
});
