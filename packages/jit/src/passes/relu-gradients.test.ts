import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { runGraph } from "../../test/run-graph.js";
import type { Value } from "../ir/graph.js";
import { deadCode } from "./dead-code.js";
import { reluGradients } from "./relu-gradients.js";

/** step(x) as it is lowered: 0 or 1, or NaN if x is NaN. */
function step(t: TestGraph, x: Value): Value {
  const positive = t.op("Greater", [x, t.number(0)], x.shape, {}, "bool");
  const mask = t.op("Cast", [positive], x.shape, { to: { int: 1 } });
  return t.op("Min", [mask, t.op("Max", [x, t.number(1)], x.shape)], x.shape);
}

test("the mask is made from the Relu's result; only the Relu reads its input", async () => {
  const t = new TestGraph();
  const x = t.op("Mul", [t.input([4, 3]), t.number(2)], [4, 3]);
  const relu = t.op("Relu", [x], [4, 3]);
  const graph = t.finish(relu, t.op("Mul", [t.input([4, 3]), step(t, x)], [4, 3]));
  for (let i = 0; i < 2; i++) {
    await applied(reluGradients, graph);
    deadCode(graph);
  }
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Mul", "Relu", "Greater", "Cast", "Mul"]);
  expect(graph.nodes.filter(({ inputs }) => inputs.includes(x))).toHaveLength(1);
  const inputs = Object.fromEntries(
    graph.inputs.map(({ name }) => [
      name,
      Float32Array.from(
        { length: 12 },
        (_, i) => [-1, 0, -0, 1e-40, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][i % 6]!,
      ),
    ]),
  );
  const values = [...(await runGraph(graph, inputs)).values()].map((data) => [...(data as Float32Array)].slice(0, 6));
  expect(values[0]).toEqual([0, 0, -0, 2 * Math.fround(1e-40), Number.POSITIVE_INFINITY, 0]);
});

test("a mask of a value that is not a Relu's input is not changed", () => {
  const t = new TestGraph();
  const x = t.input([3]);
  expect(reluGradients(t.finish(step(t, x)))).toBe(false);
});
