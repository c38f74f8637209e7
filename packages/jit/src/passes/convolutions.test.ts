import { describe, expect, test } from "vitest";
import { applied, TestGraph } from "../../test/pass.js";
import type { Graph } from "../ir/graph.js";
import { commonSubexpressions } from "./common-subexpressions.js";
import { constants } from "./constants.js";
import { convolutions } from "./convolutions.js";
import { deadCode } from "./dead-code.js";
import { identities } from "./identities.js";

interface Case {
  readonly size: readonly [number, number];
  readonly taps: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
}

const cases: Case[] = [
  { size: [8, 8], taps: [4, 4], strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1] },
  { size: [32, 24], taps: [4, 2], strides: [2, 2], dilations: [1, 1], pads: [1, 0, 1, 0] },
  { size: [30, 31], taps: [3, 6], strides: [3, 3], dilations: [1, 1], pads: [0, 2, 0, 1] },
  { size: [7, 9], taps: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] },
  { size: [6, 5], taps: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [1, 0, 2, 1] },
  { size: [9, 9], taps: [3, 3], strides: [3, 3], dilations: [1, 1], pads: [0, 0, 0, 0] },
  { size: [5, 7], taps: [1, 1], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0] },
  { size: [8, 6], taps: [2, 2], strides: [3, 2], dilations: [2, 1], pads: [0, 1, 1, 0] },
];

function attributes({ taps, strides, dilations, pads }: Case) {
  return {
    kernel_shape: { ints: taps },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: pads },
    group: { int: 1 },
  };
}

function outputSize({ size, taps, strides, dilations, pads }: Case): [number, number] {
  const along = (axis: 0 | 1) =>
    Math.floor((size[axis] + pads[axis] + pads[axis + 2]! - dilations[axis] * (taps[axis] - 1) - 1) / strides[axis]) +
    1;
  return [along(0), along(1)];
}

/** Applies the passes until nothing changes; the original nodes must be gone. */
function settle(graph: Graph): string[] {
  while ([identities(graph), constants(graph), commonSubexpressions(graph), deadCode(graph)].includes(true));
  return graph.nodes.map(({ opType }) => opType);
}

describe.each(cases)("size $size, taps $taps, strides $strides, dilations $dilations, pads $pads", (c) => {
  const [height, width] = outputSize(c);

  test.each([true, false])("convolution, bias %s", async (hasBias) => {
    const t = new TestGraph();
    const inputs = [t.input([3, 8, ...c.size]), t.input([9, 8, ...c.taps]), ...(hasBias ? [t.input([9])] : [])];
    const graph = t.finish(t.op("Conv", inputs, [3, 9, height, width], attributes(c)));
    const types = await applied(convolutions, graph, 1e-5);
    expect(types).not.toContain("Conv");
    expect(types.filter((type) => type === "Gemm")).toHaveLength(1);
  });

  test.each([true, false])("transposed convolution, bias %s", async (hasBias) => {
    const t = new TestGraph();
    const inputs = [t.input([3, 8, height, width]), t.input([8, 9, ...c.taps]), ...(hasBias ? [t.input([9])] : [])];
    const along = (axis: 0 | 1) =>
      ([height, width][axis]! - 1) * c.strides[axis] +
      c.dilations[axis] * (c.taps[axis] - 1) +
      1 -
      c.pads[axis] -
      c.pads[axis + 2]!;
    const graph = t.finish(t.op("ConvTranspose", inputs, [3, 9, along(0), along(1)], attributes(c)));
    expect(await applied(convolutions, graph, 1e-5)).not.toContain("ConvTranspose");
  });

  test("the gradient of the filter gathers the same windows as the convolution", async () => {
    const t = new TestGraph();
    const x = t.input([3, ...c.size, 8]);
    const dy = t.input([3, height, width, 9]);
    const first = t.op("Transpose", [x], [3, 8, ...c.size], { perm: { ints: [0, 3, 1, 2] } });
    const y = t.op("Conv", [first, t.input([9, 8, ...c.taps])], [3, 9, height, width], attributes(c));
    const images = t.op("Transpose", [x], [8, 3, ...c.size], { perm: { ints: [3, 0, 1, 2] } });
    const slopes = t.op("Transpose", [dy], [9, 3, height, width], { perm: { ints: [3, 0, 1, 2] } });
    // ONNX would continue past the last tap if the windows omit elements.
    const used = [0, 1].map(
      (axis) => ([height, width][axis]! - 1) * c.strides[axis]! + c.dilations[axis]! * (c.taps[axis]! - 1) + 1,
    );
    const pads = [c.pads[0], c.pads[1], ...[0, 1].map((axis) => used[axis]! - c.size[axis]! - c.pads[axis]!)];
    const gradient = t.op("Conv", [images, slopes], [8, 9, ...c.taps], {
      ...attributes({ ...c, taps: [height, width], strides: c.dilations, dilations: c.strides }),
      pads: { ints: pads.map((size) => Math.max(size, 0)) },
    });
    const isExact = pads.every((size) => size >= 0);
    const graph = t.finish(y, ...(isExact ? [gradient] : []));
    await applied(convolutions, graph, 1e-5);
    const types = settle(graph);
    expect(types).not.toContain("Conv");
    // A single position is one product; two positions fit both forms.
    if (isExact && height * width > 1 && c.taps[0] * c.taps[1] < height * width) {
      expect(types.filter((type) => type === "Gather")).toHaveLength(1);
    }
  });
});

test("a transposed convolution with a stride is one product without sums", async () => {
  const t = new TestGraph();
  const attributes_ = attributes({
    size: [16, 16],
    taps: [4, 4],
    strides: [2, 2],
    dilations: [1, 1],
    pads: [1, 1, 1, 1],
  });
  const y = t.op("ConvTranspose", [t.input([2, 8, 8, 8]), t.input([8, 9, 4, 4])], [2, 9, 16, 16], attributes_);
  const types = await applied(convolutions, t.finish(y), 1e-5);
  expect(types).not.toContain("Sum");
  expect(types.filter((type) => type === "Gather")).toHaveLength(2);
});

test.each([
  ["one product of windows", 12, 0],
  ["a sum of products, if it has fewer channels than its input", 9, 1],
] as const)("a transposed convolution without a stride is %s", async (_, outChannels, sums) => {
  const t = new TestGraph();
  const settings = { strides: [1, 1], dilations: [2, 1], pads: [2, 1, 1, 0] } as const;
  const attributes_ = attributes({ size: [9, 9], taps: [3, 3], ...settings });
  // Along the axes: (7 - 1) + 2 * 2 + 1 - 3 and (8 - 1) + 2 + 1 - 1.
  const inputs = [t.input([2, 12, 7, 8]), t.input([12, outChannels, 3, 3]), t.input([outChannels])];
  const y = t.op("ConvTranspose", inputs, [2, outChannels, 8, 9], attributes_);
  const types = await applied(convolutions, t.finish(y), 1e-5);
  expect(types.filter((type) => type === "Gemm")).toHaveLength(1);
  expect(types.filter((type) => type === "Sum")).toHaveLength(sums);
});

test.each([
  { size: [8, 8], taps: [4, 4], strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1] },
  { size: [9, 8], taps: [3, 4], strides: [3, 2], dilations: [1, 1], pads: [0, 1, 0, 0] },
] as Case[])("one channel, taps $taps, strides $strides: windows are made of blocks", async (c) => {
  const [height, width] = outputSize(c);
  const t = new TestGraph();
  const x = t.input([3, ...c.size, 2]);
  const first = t.op("Transpose", [x], [3, 2, ...c.size], { perm: { ints: [0, 3, 1, 2] } });
  const y = t.op("Conv", [first, t.input([9, 2, ...c.taps]), t.input([9])], [3, 9, height, width], attributes(c));
  const images = t.op("Transpose", [x], [2, 3, ...c.size], { perm: { ints: [3, 0, 1, 2] } });
  const dy = t.op("Transpose", [t.input([3, height, width, 9])], [9, 3, height, width], {
    perm: { ints: [3, 0, 1, 2] },
  });
  const after = [0, 1].map(
    (axis) => ([height, width][axis]! - 1) * c.strides[axis]! + c.taps[axis]! - c.size[axis]! - c.pads[axis]!,
  );
  const gradient = t.op("Conv", [images, dy], [2, 9, ...c.taps], {
    ...attributes({ ...c, taps: [height, width], strides: [1, 1], dilations: c.strides }),
    pads: { ints: [c.pads[0], c.pads[1], ...after.map((size) => Math.max(size, 0))] },
  });
  const graph = t.finish(y, ...(after.every((size) => size >= 0) ? [gradient] : []));
  expect(await applied(convolutions, graph, 1e-5)).not.toContain("Conv");
  expect(settle(graph).filter((type) => type === "Gather")).toHaveLength(1);
});

test("few channels, groups and images of other ranks stay", () => {
  const t = new TestGraph();
  const pads = { ints: [0, 0, 0, 0] };
  const few = t.op("Conv", [t.input([2, 1, 5, 5]), t.input([32, 1, 3, 3])], [2, 32, 3, 3], { pads });
  const narrow = t.op("Conv", [t.input([2, 1, 4, 4]), t.input([4, 1, 2, 2])], [2, 4, 2, 2], {
    pads,
    strides: { ints: [2, 2] },
  });
  const groups = t.op("Conv", [t.input([2, 16, 5, 5]), t.input([16, 8, 3, 3])], [2, 16, 3, 3], {
    pads,
    group: { int: 2 },
  });
  const line = t.op("Conv", [t.input([2, 16, 5]), t.input([16, 16, 3])], [2, 16, 3], { pads: { ints: [0, 0] } });
  expect(convolutions(t.finish(few, narrow, groups, line))).toBe(false);
});
