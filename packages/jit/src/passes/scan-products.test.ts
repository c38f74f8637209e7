import { describe, expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import { Graph, type Node, type Value } from "../ir/graph.js";
import { scanProducts } from "./scan-products.js";
import { scanParts } from "./scans.js";

const [STEPS, BATCH, SIZE] = [5, 3, 2];

interface Step {
  readonly x: Value;
  readonly y: Value;
  /** A state, the sum of the rows of `x`. */
  readonly h: Value;
  /** A state of shape [SIZE, SIZE] or of `sumShape`, from zero. */
  readonly sum: Value;
  readonly w: Value;
  readonly bias: Value;
}

interface LoopOptions {
  readonly sumShape?: readonly number[];
  readonly directions?: readonly [number, number];
  readonly stackDirection?: number;
}

/**
 * A loop over two sequences of matrices. `step` gives the next `sum` (itself, if it does not change) and rows of a stack.
 * Outputs: the last states and the stack.
 */
function loop(
  t: TestGraph,
  step: (values: Step) => { sum?: Value; row?: Value },
  { sumShape = [SIZE, SIZE], directions = [1, 1], stackDirection = 1 }: LoopOptions = {},
): Graph {
  const { builder } = t;
  const [xs, ys] = [t.input([STEPS, BATCH, SIZE]), t.input([STEPS, BATCH, SIZE])];
  const [w, bias, start, zero] = [
    t.input([SIZE, SIZE]),
    t.input([SIZE]),
    t.input([BATCH, SIZE]),
    t.filled(0, sumShape),
  ];
  const free = (shape: readonly number[]) => builder.placeholder({ elementType: "float32", shape }, "step");
  const matrix = [BATCH, SIZE];
  const [h, sum, x, y] = [free(matrix), free(sumShape), free(matrix), free(matrix)];
  const results: Value[] = [];
  const nodes = builder.nodesOf(() => {
    const { sum: next, row } = step({ x, y, h, sum, w, bias });
    results.push(
      t.op("Add", [h, x], matrix),
      next ?? t.op("Identity", [sum], sumShape),
      row ?? t.op("Neg", [y], matrix),
    );
  });
  const body = new Graph("step", [h, sum, x, y], results, [], nodes);
  const stack = { elementType: "float32", shape: [STEPS, ...results[2]!.shape] } as const;
  const outputs = builder.node(
    "Scan",
    [start, zero, xs, ys],
    {
      body: { graph: body },
      num_scan_inputs: { int: 2 },
      scan_input_directions: { ints: directions },
      scan_output_directions: { ints: [stackDirection] },
    },
    [results[0]!, results[1]!, stack],
  );
  return t.finish(...outputs);
}

const inside = (graph: Graph) => {
  const parts = graph.nodes.flatMap((node: Node) => scanParts(node) ?? [])[0]!;
  return { ...parts, types: parts.body.nodes.map(({ opType }) => opType) };
};

const product = (t: TestGraph, a: Value, b: Value, ...more: Value[]) =>
  t.op("Gemm", [a, b, ...more], [a.shape[1]!, b.shape[1]!], { transA: { int: 1 } });

test("the product of a row and a weight is one product before the loop", async () => {
  const t = new TestGraph();
  const graph = loop(t, ({ x, h, w, bias }) => ({
    row: t.op("Mul", [t.op("Gemm", [x, w, bias], [BATCH, SIZE], { transB: { int: 1 } }), h], [BATCH, SIZE]),
  }));
  const types = await applied(scanProducts, graph, 1e-6);
  expect(types).toEqual(["Reshape", "Gemm", "Reshape", "Scan"]);
  expect(inside(graph).types).not.toContain("Gemm");
});

describe("a sum over the steps is one product after the loop", () => {
  const sums: [string, (t: TestGraph, step: Step) => Value, readonly number[]][] = [
    ["of two rows", (t, { x, y, sum }) => t.op("Add", [sum, product(t, x, y)], [SIZE, SIZE]), [SIZE, SIZE]],
    ["of a row and a state, with the sum inside", (t, { y, h, sum }) => product(t, h, y, sum), [SIZE, SIZE]],
    [
      "of several products side by side",
      (t, { x, y, h, sum }) => {
        const parts = [product(t, x, t.op("Tanh", [y], y.shape)), product(t, h, y)];
        const both = t.op("Concat", parts, [SIZE, 2 * SIZE], { axis: { int: 1 } });
        return t.op("Add", [both, sum], [SIZE, 2 * SIZE]);
      },
      [SIZE, 2 * SIZE],
    ],
    [
      "of rows",
      (t, { y, sum }) => t.op("Add", [sum, t.op("MatMul", [t.filled(1, [BATCH]), y], [SIZE])], [SIZE]),
      [SIZE],
    ],
    [
      "of reshaped products",
      (t, { x, y, sum }) => {
        const flat = t.op("Reshape", [product(t, x, y), t.ints(SIZE * SIZE)], [SIZE * SIZE]);
        return t.op("Add", [sum, flat], [SIZE * SIZE]);
      },
      [SIZE * SIZE],
    ],
  ];
  test.each(sums)("%s", async (_, next, sumShape) => {
    for (const directions of [
      [0, 0],
      [1, 1],
    ] as const) {
      const t = new TestGraph();
      const graph = loop(t, (step) => ({ sum: next(t, step) }), { sumShape, directions });
      await applied(scanProducts, graph, 1e-6);
      expect(inside(graph).states.length).toBe(1);
    }
  });
});

test("a product with a weight that is only stacked is one product after the loop", async () => {
  const t = new TestGraph();
  const graph = loop(t, ({ h, w }) => ({ row: t.op("Gemm", [h, w], [BATCH, SIZE], { transB: { int: 1 } }) }));
  const types = await applied(scanProducts, graph, 1e-6);
  expect(types).toEqual(["Scan", "Reshape", "Gemm", "Reshape"]);
});

describe("stays in the loop:", () => {
  const cases: [string, (t: TestGraph) => Graph][] = [
    [
      "a sum that the step reads",
      (t) =>
        loop(t, ({ x, y, sum }) => {
          const next = t.op("Add", [sum, product(t, x, y)], [SIZE, SIZE]);
          return { sum: next, row: t.op("MatMul", [y, sum], [BATCH, SIZE]) };
        }),
    ],
    [
      "a sum whose next value the step reads",
      (t) =>
        loop(t, ({ x, y, sum }) => {
          const next = t.op("Add", [sum, product(t, x, y)], [SIZE, SIZE]);
          return { sum: next, row: t.op("MatMul", [y, next], [BATCH, SIZE]) };
        }),
    ],
    [
      "a sum of other values",
      (t) => loop(t, ({ w, sum }) => ({ sum: t.op("Add", [sum, t.op("Exp", [w], w.shape)], w.shape) })),
    ],
    [
      "a product of two values of the step",
      (t) => loop(t, ({ h, sum }) => ({ row: t.op("Gemm", [h, sum], [BATCH, SIZE]) })),
    ],
    [
      "a weighted sum of rows",
      (t) =>
        loop(
          t,
          ({ y, sum }) => ({ sum: t.op("Add", [sum, t.op("MatMul", [t.filled(2, [BATCH]), y], [SIZE])], [SIZE]) }),
          {
            sumShape: [SIZE],
          },
        ),
    ],
    [
      "a stacked product in the other direction",
      (t) => loop(t, ({ h, w }) => ({ row: t.op("Gemm", [h, w], [BATCH, SIZE]) }), { stackDirection: 0 }),
    ],
    [
      "everything where sequences have different directions",
      (t) => loop(t, ({ x, y, sum }) => ({ sum: product(t, x, y, sum) }), { directions: [0, 1] }),
    ],
  ];
  test.each(cases)("%s", (_, make) => {
    const graph = make(new TestGraph());
    const { nodes } = graph;
    expect(scanProducts(graph)).toBe(false);
    expect(graph.nodes).toBe(nodes);
  });
});
