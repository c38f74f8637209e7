import { expect, test } from "vitest";
import { TestGraph } from "../../test/pass.js";
import { Graph } from "../ir/graph.js";
import { encodeModel } from "../onnx/encode.js";
import { nodesForCpu, ON_CPU } from "./gpu-gaps.js";

const int = (value: number) => ({ int: value });

/** A graph with one node under test, and the providers that must not run it. */
const cases: [string, (t: TestGraph) => Graph, string[]][] = [
  ["a sum", (t) => t.finish(t.op("Add", [t.input([2]), t.input([2])], [2])), []],
  [
    "positions of maxima",
    (t) => {
      const shape = [1, 1, 2, 2];
      const [values, indices] = t.builder.node("MaxPool", [t.input([1, 1, 4, 4])], { kernel_shape: { ints: [2, 2] } }, [
        { elementType: "float32", shape },
        { elementType: "int64", shape },
      ]);
      return t.finish(values!, indices!);
    },
    ["webgpu", "cuda"],
  ],
  ["maxima alone", (t) => t.finish(t.op("MaxPool", [t.input([1, 1, 4, 4])], [1, 1, 2, 2])), []],
  [
    "a power of integers",
    (t) => t.finish(t.op("Pow", [t.input([2], "int32"), t.input([2], "int32")], [2], {}, "int32")),
    ["webgpu", "cuda"],
  ],
  ["a power, one operand broadcast", (t) => t.finish(t.op("Pow", [t.input([4, 2]), t.input([2])], [4, 2])), []],
  ["a power, both broadcast", (t) => t.finish(t.op("Pow", [t.input([4, 1]), t.input([2])], [4, 2])), ["webgpu"]],
  [
    "a transposed convolution in groups",
    (t) =>
      t.finish(t.op("ConvTranspose", [t.input([1, 2, 3, 3]), t.input([2, 1, 1, 1])], [1, 2, 3, 3], { group: int(2) })),
    ["webgpu"],
  ],
  [
    "a transposed convolution in 2D",
    (t) =>
      t.finish(t.op("ConvTranspose", [t.input([1, 2, 3, 3]), t.input([2, 1, 1, 1])], [1, 1, 3, 3], { group: int(1) })),
    [],
  ],
  [
    "a transposed convolution in 3D",
    (t) => t.finish(t.op("ConvTranspose", [t.input([1, 2, 3, 3, 3]), t.input([2, 1, 1, 1, 1])], [1, 1, 3, 3, 3])),
    ["webgpu"],
  ],
  [
    "a slice backwards from the last element",
    (t) => t.finish(t.op("Slice", [t.input([5]), t.ints(4), t.ints(-6), t.ints(0), t.ints(-1)], [5])),
    [],
  ],
  [
    "a slice backwards from another one",
    (t) => t.finish(t.op("Slice", [t.input([5]), t.ints(3), t.ints(-6), t.ints(0), t.ints(-1)], [4])),
    ["webgpu"],
  ],
  [
    "integers added at positions",
    (t) => {
      const inputs = [t.input([4], "int32"), t.input([2, 1], "int64"), t.input([2], "int32")];
      return t.finish(t.op("ScatterND", inputs, [4], { reduction: { string: "add" } }, "int32"));
    },
    ["cuda"],
  ],
];

test.each(cases)("%s", (_, build, expected) => {
  const graph = build(new TestGraph());
  const providers = (["cpu", "webgpu", "cuda"] as const).filter((provider) => nodesForCpu(graph, provider).size > 0);
  expect(providers).toEqual(expected);
});

test("finds nodes in a loop's body too, with constants from outside, and marks them in the model", () => {
  const t = new TestGraph();
  const inner = t.finish(t.op("Slice", [t.input([5]), t.ints(3), t.ints(-6), t.ints(0), t.ints(-1)], [4]));
  const body = new Graph("body", inner.inputs, inner.outputs, [], inner.nodes);
  const loop = { opType: "Loop", inputs: [], outputs: [t.input([4])], attributes: { body: { graph: body } } };
  const outer = new Graph("outer", [], [], inner.initializers, [loop]);
  const nodes = nodesForCpu(outer, "webgpu");
  expect([...nodes]).toEqual([body.nodes[0]]);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  expect(text(encodeModel(outer, { marked: { nodes, mark: ON_CPU } }))).toContain("jit/Slice_0@cpu");
  expect(text(encodeModel(outer))).not.toContain(ON_CPU);
});
