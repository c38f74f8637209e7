import { expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { Graph, type Node, type Value } from "../ir/graph.js";
import { deadScans, loopInvariants, scanParts } from "./scans.js";
import { simplifyGraph } from "./simplify.js";

/**
 * A loop of 5 steps over `x`: `h' = h * tanh(w) + x`, `unread' = unread + x`, `copied' = copied + unread`; rows `h' * 2` and
 * `x * 3`. The first sequence is read from its end. `w` is w + 2 * 0.5, computed in the step.
 */
function loop(reads: (outputs: readonly Value[]) => readonly Value[]): Graph {
  const t = new TestGraph();
  const { builder } = t;
  const [x, y, start, w] = [t.input([5, 2]), t.input([5, 2]), t.input([2]), t.input([2])];
  const type = { elementType: "float32", shape: [2] } as const;
  const free = (stem: string) => builder.placeholder(type, stem);
  const [h, unread, other, row, unused] = ["h", "unread", "other", "row", "unused"].map(free) as Value[];
  const outputs = Array.from({ length: 5 }, () => free("output"));
  const copies: Node[] = [];
  const nodes = builder.nodesOf(() => {
    const same = t.op("Tanh", [t.op("Add", [w!, t.op("Mul", [t.number(2), t.number(0.5)], [])], [2])], [2]);
    const next = t.op("Add", [t.op("Mul", [h!, same], [2]), row!], [2]);
    const results = [
      next,
      t.op("Add", [unread!, row!], [2]),
      t.op("Add", [other!, unread!], [2]),
      t.op("Mul", [next, t.number(2)], [2]),
      t.op("Mul", [row!, t.number(3)], [2]),
    ];
    copies.push(
      ...results.map((result, i): Node => {
        return { opType: "Identity", inputs: [result], outputs: [outputs[i]!], attributes: {} };
      }),
    );
  });
  const body = new Graph("step", [h!, unread!, other!, row!, unused!], outputs, [], [...nodes, ...copies]);
  const last = { elementType: "float32", shape: [2] } as const;
  const stack = { elementType: "float32", shape: [5, 2] } as const;
  const results = builder.node(
    "Scan",
    [start, start, start, x, y],
    {
      body: { graph: body },
      num_scan_inputs: { int: 2 },
      scan_input_directions: { ints: [1, 0] },
      scan_output_directions: { ints: [1, 0] },
    },
    [last, last, last, stack, stack],
  );
  return t.finish(...reads(results));
}
const parts = (graph: Graph) => scanParts(graph.nodes.find(({ opType }) => opType === "Scan")!)!;

test("a loop keeps only the states, stacks and sequences that something reads", async () => {
  const graph = loop(([h, , , stack]) => [h!, stack!]);
  await applied(deadScans, graph);
  const { states, stacks, sequences, body } = parts(graph);
  expect([states.length, stacks.length, sequences.length]).toEqual([1, 1, 1]);
  expect(stacks[0]!.direction).toBe(1);
  expect(body.nodes.map(({ opType }) => opType).sort()).toEqual(
    ["Add", "Add", "Identity", "Identity", "Mul", "Mul", "Mul", "Tanh"].sort(),
  );
});

test("a state stays where another state reads it", async () => {
  const graph = loop(([, , other]) => [other!]);
  await applied(deadScans, graph);
  expect(parts(graph).states.length).toBe(2);
});

test("a loop without a needed sequence keeps one, for the number of steps", async () => {
  const t = new TestGraph();
  const [x, start] = [t.input([3, 2]), t.input([2])];
  const type = { elementType: "float32", shape: [2] } as const;
  const [h, row, output] = ["h", "row", "output"].map((stem) => t.builder.placeholder(type, stem)) as Value[];
  const body = new Graph(
    "step",
    [h!, row!],
    [output!],
    [],
    [{ opType: "Add", inputs: [h!, h!], outputs: [output!], attributes: {} }],
  );
  const attributes = { body: { graph: body }, num_scan_inputs: { int: 1 } } as const;
  const graph = t.finish(...t.builder.node("Scan", [start, x], attributes, [type]));
  expect(deadScans(graph)).toBe(false);
  expect(parts(graph).sequences.length).toBe(1);
});

test("what is the same in each step moves before the loop", async () => {
  const graph = loop((outputs) => outputs);
  expect(await applied(loopInvariants, graph)).toEqual(["Mul", "Add", "Tanh", "Scan"]);
});

test("the passes simplify the steps of a loop; their constants belong to the graph outside", async () => {
  const simplified = await applied(
    (graph) => {
      simplifyGraph(graph, { convolutionsAsProducts: true });
      return true;
    },
    loop(([h, , , , stack]) => [h!, stack!]),
  );
  expect(simplified).toEqual(["Add", "Tanh", "Scan"]);
});
