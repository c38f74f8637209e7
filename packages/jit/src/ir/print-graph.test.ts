import { expect, test } from "vitest";
import { TestGraph } from "../../test/pass.js";
import { graphFaults } from "../../test/verify-graph.js";
import { Graph } from "./graph.js";
import { printGraph } from "./print-graph.js";

test("prints one line for each node, with types, operands, attributes and the beginning of constants", () => {
  const t = new TestGraph();
  const x = t.input([2, 3]);
  const half = t.op("Mul", [x, t.filled(0.5, [2, 3])], [2, 3]);
  const graph = t.finish(t.op("Transpose", [half], [3, 2], { perm: { ints: [1, 0] } }));
  expect(printGraph(graph)).toBe(
    [
      "input input_0: float32[2,3]",
      "constant constant_1: float32[2,3] = 0.5 0.5 0.5 0.5 ... (6)",
      "Mul_2: float32[2,3] = Mul(input_0, constant_1)",
      "Transpose_3: float32[3,2] = Transpose(Mul_2, perm=[1,0])",
      "output Transpose_3",
    ].join("\n"),
  );
});

test("the verifier finds each broken invariant", () => {
  const t = new TestGraph();
  const x = t.input([2]);
  const a = t.op("Neg", [x], [2]);
  const graph = t.finish(t.op("Exp", [a], [2]));
  expect(graphFaults(graph)).toEqual([]);
  const [neg, exp] = [graph.nodes[0]!, graph.nodes[1]!];
  const changed = (nodes: typeof graph.nodes, outputs = graph.outputs) =>
    graphFaults(new Graph("changed", graph.inputs, outputs, graph.initializers, nodes)).join("; ");
  expect(changed([exp, neg])).toMatch(/Exp reads Neg_1 before it is computed/);
  expect(changed([neg])).toMatch(/the output Exp_2 is not computed by a node/);
  expect(changed([neg, neg, exp])).toMatch(/Neg_1 is defined twice, the second time by Neg/);
  expect(changed([neg, exp], [x])).toMatch(/the output input_0 is not computed by a node/);
  expect(changed([neg, exp], [...graph.outputs, ...graph.outputs])).toMatch(/Exp_2 is an output twice/);
  const named = { ...exp, outputs: [{ ...exp.outputs[0]!, name: "Neg_1" }] };
  expect(changed([neg, named])).toMatch(/two values have the name Neg_1/);
});
