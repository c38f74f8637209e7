import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, numbers } from "../../test/values.js";
import { useFastWasm } from "./fast-wasm.js";

beforeAll(async () => {
  await useFastWasm();
});
afterAll(async () => {
  await tf.setBackend("cpu");
});

/** The same computation on the cpu backend. */
async function onCpu(f: () => tf.Tensor): Promise<number[]> {
  await tf.setBackend("cpu");
  const result = numbers(tf.tidy(f));
  await tf.setBackend("wasm");
  return result;
}

function ramp(shape: number[], seed: number): tf.Tensor {
  const size = shape.reduce((n, axis) => n * axis, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i)),
    shape,
  );
}

// [a's rows and columns, b's rows and columns] before transposition, with and without leading batch axes.
const shapes: { batchA: number[]; batchB: number[]; rows: number; inner: number; columns: number }[] = [
  { batchA: [], batchB: [], rows: 64, inner: 50, columns: 70 },
  { batchA: [], batchB: [], rows: 3, inner: 50, columns: 70 },
  { batchA: [], batchB: [], rows: 1, inner: 5, columns: 1 },
  { batchA: [2], batchB: [2], rows: 2, inner: 30, columns: 40 },
  { batchA: [1], batchB: [3], rows: 2, inner: 30, columns: 40 },
  { batchA: [2, 3], batchB: [2, 3], rows: 4, inner: 3, columns: 5 },
];
const transposes = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe.each(shapes)("products of $batchA x [$rows, $inner] and $batchB x [$inner, $columns]", (shape) => {
  test.each(transposes)("transposeA %s, transposeB %s equal the cpu backend's", async (transposeA, transposeB) => {
    const { batchA, batchB, rows, inner, columns } = shape;
    const f = () => {
      const a = ramp([...batchA, ...(transposeA ? [inner, rows] : [rows, inner])], 1);
      const b = ramp([...batchB, ...(transposeB ? [columns, inner] : [inner, columns])], 2);
      return tf.matMul(a, b, transposeA, transposeB);
    };
    const expected = await onCpu(f);
    const before = tf.memory().numTensors;
    const result = tf.tidy(f);
    expectClose(result, expected, { rtol: 1e-5, atol: 1e-5 });
    result.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test.each(transposes)("the fused kernel keeps bias and activation: transposeA %s, transposeB %s", async (ta, tb) => {
  const f = () => {
    const a = ramp(ta ? [20, 4] : [4, 20], 3) as tf.Tensor2D;
    const b = ramp(tb ? [30, 20] : [20, 30], 4) as tf.Tensor2D;
    return tf.fused.matMul({ a, b, transposeA: ta, transposeB: tb, bias: ramp([30], 5), activation: "relu" });
  };
  expectClose(tf.tidy(f), await onCpu(f), { rtol: 1e-5, atol: 1e-5 });
});

test("a second call does not wrap kernels again, and the kernel's storage is freed", async () => {
  const kernel = tf.getKernel("BatchMatMul", "wasm");
  await useFastWasm();
  expect(tf.getKernel("BatchMatMul", "wasm")).toBe(kernel);

  const backend = tf.backend() as tf.KernelBackend & { numDataIds(): number };
  const a = ramp([4, 20], 1);
  const b = ramp([300, 20], 2);
  const before = backend.numDataIds();
  tf.matMul(a, b, false, true).dispose();
  tf.matMul(b, a, false, true).dispose();
  tf.matMul(ramp([20, 4], 1), ramp([300, 20], 2), true, true);
  expect(backend.numDataIds()).toBe(before + 3);
});
