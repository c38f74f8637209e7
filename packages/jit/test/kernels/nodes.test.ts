import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { UnsupportedKernelError } from "../../src/errors.js";
import type { ElementType, Value } from "../../src/ir/graph.js";
import { GraphBuilder } from "../../src/ir/graph-builder.js";
import { lowerings } from "../../src/kernels/index.js";
import { differences, type Operand } from "./parity.js";

/** Tests the nodes that a kernel becomes; parity.test.ts tests their results. */

type Spec = readonly [ElementType, ...number[]];

function lower(
  kernel: string,
  inputs: Readonly<Record<string, Spec>>,
  attrs: Readonly<Record<string, unknown>> = {},
  fastMath = false,
) {
  const graph = new GraphBuilder();
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, [elementType, ...shape]]) => [name, graph.input(elementType, shape)]),
  );
  const result = lowerings[kernel]?.({
    kernel,
    inputs: values,
    list: Object.values(values),
    attrs,
    graph,
    options: { fastMath },
  }) as Value;
  return { ops: graph.finish().nodes.map(({ opType }) => opType), nodes: graph.finish().nodes, result, values };
}

describe("no needless nodes", () => {
  test.each([
    ["Identity", { x: ["float32", 2, 3] }, {}],
    ["Reshape", { x: ["float32", 2, 3] }, { shape: [2, -1] }],
    ["Cast", { x: ["int32", 4] }, { dtype: "int32" }],
    ["Transpose", { x: ["float32", 2, 3] }, { perm: [0, 1] }],
    ["Slice", { x: ["float32", 2, 3] }, { begin: [0, 0], size: [2, -1] }],
    ["PadV2", { x: ["float32", 2] }, { paddings: [[0, 0]], constantValue: 1 }],
    ["Tile", { x: ["bool", 2, 3] }, { reps: [1, 1] }],
    ["Sum", { x: ["float32", 2, 3] }, { axis: [], keepDims: false }],
    ["Reverse", { x: ["float32", 2, 3] }, { dims: [] }],
    ["Concat", { 0: ["float32", 2, 3], 1: ["float32", 2, 0] }, { axis: 1 }],
    ["Round", { x: ["int32", 2] }, {}],
    ["ResizeNearestNeighbor", { images: ["float32", 1, 2, 2, 1] }, { size: [2, 2] }],
  ] as [string, Record<string, Spec>, Record<string, unknown>][])("%s that changes nothing is its input", (...args) => {
    const { ops, result, values } = lower(...args);
    expect(ops).toEqual([]);
    expect(result).toBe(Object.values(values)[0]);
  });

  test("an axis of size 1 is moved, or summed over, by a Reshape", () => {
    expect(lower("Transpose", { x: ["float32", 8, 32, 32, 1] }, { perm: [0, 3, 1, 2] }).ops).toEqual(["Reshape"]);
    expect(lower("Sum", { x: ["float32", 8, 1, 4] }, { axis: 1, keepDims: false }).ops).toEqual(["Reshape"]);
  });

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("a product of matrices, transposed %s and %s, is one Gemm", (transposeA, transposeB) => {
    const a: Spec = transposeA ? ["float32", 4, 3] : ["float32", 3, 4];
    const b: Spec = transposeB ? ["float32", 5, 4] : ["float32", 4, 5];
    const { nodes } = lower("BatchMatMul", { a, b }, { transposeA, transposeB });
    expect(nodes.map(({ opType }) => opType)).toEqual(["Gemm"]);
    expect(nodes[0]?.attributes).toEqual({
      ...(transposeA && { transA: { int: 1 } }),
      ...(transposeB && { transB: { int: 1 } }),
    });
  });

  test("a dense layer with bias and relu is a Gemm and a Relu", () => {
    const inputs: Record<string, Spec> = { a: ["float32", 3, 4], b: ["float32", 4, 5], bias: ["float32", 5] };
    const { ops } = lower("_FusedMatMul", inputs, { transposeA: false, transposeB: false, activation: "relu" });
    expect(ops).toEqual(["Gemm", "Relu"]);
  });

  test("a convolution layer is one Conv and its Transposes; the bias is in the Conv", () => {
    const inputs: Record<string, Spec> = {
      x: ["float32", 2, 8, 8, 3],
      filter: ["float32", 3, 3, 3, 4],
      bias: ["float32", 4],
    };
    const attrs = { strides: 2, pad: "same", dataFormat: "NHWC", dilations: 1, activation: "relu" };
    expect(lower("FusedConv2D", inputs, attrs).ops).toEqual(["Transpose", "Transpose", "Conv", "Transpose", "Relu"]);
  });
});

describe("fastMath", () => {
  const x: Operand = { shape: [7], dtype: "float32", values: [-12, -1, -0.1, 0, 0.1, 1, 12] };

  test.each([
    ["Sigmoid", {}, ["Sigmoid"], 1e-6],
    ["Softplus", {}, ["Softplus"], 1e-6],
    ["Expm1", {}, ["Exp", "Sub"], 1e-6],
    ["Step", { alpha: 0 }, ["Greater", "Cast"], 0],
    ["Max", { reductionIndices: 0, keepDims: false }, ["ReduceMax"], 0],
  ] as const)("%s is onnxruntime's own", async (kernel, attrs, ops, atol) => {
    expect(lower(kernel, { x: ["float32", 7] }, attrs, true).ops).toEqual(ops);
    expect(await differences(kernel, [{ inputs: { x }, attrs, fastMath: true }], { rtol: 1e-6, atol })).toEqual([]);
  });

  test("Log1p is a plain logarithm", async () => {
    const positive = { ...x, values: x.values.map(Math.abs) };
    expect(lower("Log1p", { x: ["float32", 7] }, {}, true).ops).toEqual(["Add", "Log"]);
    expect(
      await differences("Log1p", [{ inputs: { x: positive }, fastMath: true }], { rtol: 1e-6, atol: 1e-7 }),
    ).toEqual([]);
  });
});

/** scipy 1.17.1, scipy.special.erf(float(numpy.float32(x))). */
const ERF: readonly (readonly [x: number, y: number])[] = [
  [1e-30, 1.1283791706736896e-30],
  [1e-7, 1.1283791802818578e-7],
  [1e-3, 0.0011283788445643173],
  [0.1, 0.1124629176829705],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497148],
  [1.5, 0.9661051464753108],
  [2, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
  [3.9, 0.9999999652077781],
];

test("Erf is more accurate than the cpu backend's approximation", async () => {
  const x: Operand = { shape: [ERF.length], dtype: "float32", values: ERF.map(([at]) => Math.fround(at)) };
  const reference = () => tf.tensor1d(ERF.map(([, value]) => value));
  expect(await differences("Erf", [{ inputs: { x }, reference }], { rtol: 5e-7, atol: 0 })).toEqual([]);
});

describe("calls without a compiled form are rejected by name", () => {
  test.each([
    [
      "Add",
      { a: ["bool", 2], b: ["bool", 2] },
      {},
      "Add: compiles for float32 and int32 only, got bool; cast the tensor first",
    ],
    ["Cast", { x: ["float32", 2] }, { dtype: "complex64" }, "Cast: a cast to complex64 has no compiled form"],
    ["Fill", {}, { shape: [2], value: "a", dtype: "string" }, "Fill: strings have no compiled form"],
    [
      "MaxPool",
      { x: ["float32", 1, 4, 4, 1] },
      { filterSize: 2, strides: 1, pad: 2 },
      "MaxPool: padding of 2 around a window of 2 leaves windows without elements",
    ],
    [
      "ResizeBilinearGrad",
      { images: ["float32", 1, 2, 2, 1], dy: ["float32", 1, 4, 4, 1] },
      { alignCorners: false, halfPixelCenters: true },
      "ResizeBilinearGrad: tfjs computes this gradient without halfPixelCenters",
    ],
    [
      "Conv2D",
      { x: ["int32", 1, 4, 4, 1], filter: ["int32", 2, 2, 1, 1] },
      { strides: 1, pad: "same" },
      "Conv2D: compiles for float32 only, got int32",
    ],
    ["RealDiv", { a: ["int32", 2], b: ["int32", 2] }, {}, "RealDiv: compiles for float32 only, got int32"],
  ] as [string, Record<string, Spec>, Record<string, unknown>, string][])("%s", (kernel, inputs, attrs, message) => {
    expect(() => lower(kernel, inputs, attrs)).toThrow(UnsupportedKernelError);
    expect(() => lower(kernel, inputs, attrs)).toThrow(message);
  });
});
