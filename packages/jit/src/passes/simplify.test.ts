import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose } from "../../test/expect-close.js";
import { TestGraph } from "../../test/pass.js";
import { runGraph } from "../../test/run-graph.js";
import { jit } from "../../test/single-thread.js";
import { simplifyGraph } from "./simplify.js";

/** Nodes of a compiled function by type, as its summary counts them. */
function nodesOf(summary: string): Map<string, number> {
  const counts = [...summary.matchAll(/^ {4}(\w+) +(\d+)$/gm)].map(
    ([, type, count]) => [type!, Number(count)] as const,
  );
  expect(counts.length, summary).toBeGreaterThan(0);
  return new Map(counts);
}

test("a convolutional network and its gradients become products and gathers, without changes of layout in between", async () => {
  const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.2, "float32", seed);
  const variables = [
    tf.variable(random([4, 4, 8, 16], 1)),
    tf.variable(random([16], 2)),
    tf.variable(random([3, 3, 16, 8], 3)),
    tf.variable(random([8], 4)),
    tf.variable(random([4, 4, 8, 8], 5)),
  ] as const;
  const [first, firstBias, second, secondBias, up] = variables;
  const loss = (x: tf.Tensor4D) => {
    const h = tf.relu(tf.add(tf.conv2d(x, first as tf.Tensor4D, 2, "same"), firstBias));
    const g = tf.relu(tf.add(tf.conv2d(h as tf.Tensor4D, second as tf.Tensor4D, 1, "same"), secondBias));
    return tf.mean(
      tf.square(tf.conv2dTranspose(g as tf.Tensor4D, up as tf.Tensor4D, [2, 8, 8, 8], 2, "same")),
    ) as tf.Scalar;
  };
  const gradients = (x: tf.Tensor4D) => {
    const { value, grads } = tf.variableGrads(() => loss(x), [...variables]);
    return [value, ...Object.values(grads)];
  };
  const x = random([2, 8, 8, 8], 6) as tf.Tensor4D;
  const compiled = jit(gradients);
  const results = await compiled(x);
  for (const [i, expected] of gradients(x).entries()) {
    expectClose(results[i]!, expected, { rtol: 1e-4, atol: 1e-5 }, `result ${i}`);
  }
  const nodes = nodesOf(compiled.summary());
  for (const type of ["Conv", "ConvTranspose", "Expand", "Tile"]) expect(nodes.has(type), type).toBe(false);
  // That of the second filter, whose channels trade places in the gradient of its image. Images keep their layout.
  expect(nodes.get("Transpose")).toBe(1);
  // Three layers forwards, three filters, two images backwards.
  expect(nodes.get("Gemm")).toBe(8);
  await compiled.dispose();
});

test("passes run until nothing changes", async () => {
  const t = new TestGraph();
  const x = t.input([4, 3]);
  const half = t.op("Div", [t.number(1), t.op("Add", [t.number(1), t.number(1)], [])], []);
  const spread = t.op("Expand", [t.op("Mul", [half, t.number(2)], []), t.ints(4, 3)], [4, 3]);
  const same = t.op(
    "Reshape",
    [t.op("Reshape", [t.op("Mul", [x, spread], [4, 3]), t.ints(12)], [12]), t.ints(4, 3)],
    [4, 3],
  );
  const graph = t.finish(t.op("Exp", [same], [4, 3]));
  const expected = await runGraph(graph);
  simplifyGraph(graph, { convolutionsAsProducts: true });
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Exp"]);
  expect(graph.initializers).toEqual([]);
  expect(await runGraph(graph)).toEqual(expected);
});
