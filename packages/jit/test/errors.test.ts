import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { CapturedTensorError, TraceError, TraceReadError, UnsupportedKernelError } from "../src/errors.js";
import { exportOnnx } from "../src/onnx/export-onnx.js";
import { jit } from "./single-thread.js";

afterEach(() => {
  vi.restoreAllMocks();
});

async function failure(fn: () => Promise<unknown>): Promise<TraceError> {
  const error = await fn().then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(TraceError);
  return error as TraceError;
}

test.each<[string, (x: tf.Tensor) => unknown]>([
  ["dataSync", (x) => tf.mul(x, tf.square(x).dataSync()[0]!)],
  ["arraySync", (x) => tf.mul(x, (tf.square(x) as tf.Tensor1D).arraySync()[0]!)],
  ["print", (x) => [tf.square(x).print(), x]],
])("reading a value by %s names the kernel and the line", async (_, fn) => {
  const error = await failure(() => jit(fn)(tf.ones([2])));
  expect(error).toBeInstanceOf(TraceReadError);
  expect(error.message).toMatch(/reads the value of a tensor of shape \[2\] \(result of Square\)/);
  expect(error.kernel).toBe("Square");
  expect(error.callSite).toContain("errors.test.ts");
});

test("reading a variable is rejected too, because its first value would be frozen", async () => {
  const v = tf.variable(tf.scalar(1), true, "step-counter");
  const error = await failure(() => jit((x: tf.Tensor) => tf.mul(x, v.dataSync()[0]!))(tf.ones([2])));
  expect(error.message).toMatch(/the variable step-counter/);
  expect(v.dataSync()[0]).toBe(1);
});

test("reading asynchronously fails the call, once", async () => {
  const fn = (x: tf.Tensor) => {
    void x.data().then(() => expect.fail("there is no value"));
    return tf.square(x);
  };
  expect(await failure(() => jit(fn)(tf.ones([2])))).toBeInstanceOf(TraceReadError);
});

test("a read fails the call even if the function catches the error and continues with another number", async () => {
  const fn = (x: tf.Tensor) => {
    let factor = 1;
    try {
      factor = x.dataSync()[0]!;
    } catch {}
    return tf.mul(x, factor);
  };
  expect(await failure(() => jit(fn)(tf.ones([2])))).toBeInstanceOf(TraceReadError);
});

test("a variable that the function reads and disposes", async () => {
  const v = tf.variable(tf.scalar(2), true, "short-lived");
  const fn = (x: tf.Tensor) => {
    const y = tf.mul(x, v);
    v.dispose();
    return y;
  };
  const error = await failure(() => jit(fn)(tf.scalar(1)));
  expect(error.message).toMatch(/reads the variable short-lived and disposes it/);
});

test("a constant may be read", async () => {
  const fn = (x: tf.Tensor) => tf.mul(x, tf.scalar(3).dataSync()[0]!);
  expect([...(await jit(fn)(tf.ones([2]))).dataSync()]).toEqual([3, 3]);
});

test("a kernel without a lowering", async () => {
  const fn = (x: tf.Tensor) => tf.spectral.rfft(x as tf.Tensor1D);
  const error = await failure(() => jit(fn)(tf.ones([4])));
  expect(error).toBeInstanceOf(UnsupportedKernelError);
  expect(error.message).toMatch(/complex.*fallback: "eager"/s);
  expect(error.callSite).toContain("errors.test.ts");
});

test("a dtype that graphs do not have", async () => {
  await expect(jit(() => tf.tensor(["a", "b"]))()).rejects.toThrow(/dtype string/);
  await expect(jit((x: tf.Tensor) => x)(tf.tensor(["a"]))).rejects.toThrow(/argument 0 has the dtype string/);
});

test("a captured tensor that was disposed", async () => {
  const captured = tf.ones([2]);
  captured.dispose();
  // tfjs checks some ops for disposed inputs, with its own message; this op is not checked.
  const fn = (x: tf.Tensor) => tf.engine().runKernel("Add", { a: x, b: captured }) as tf.Tensor;
  const error = await failure(() => jit(fn)(tf.ones([2])));
  expect(error).toBeInstanceOf(CapturedTensorError);
  expect(error.message).toMatch(/Add reads a tensor of shape \[2\].*disposed/);
});

test("a captured tensor that was disposed, as a variable's next value", async () => {
  const captured = tf.ones([2]);
  captured.dispose();
  const v = tf.variable(tf.tensor1d([1, 2]));
  const buffers = tf.memory().numDataBuffers;
  const error = await failure(() => jit(() => v.assign(captured as tf.Tensor1D))());
  expect(error).toBeInstanceOf(CapturedTensorError);
  expect(error.message).toMatch(/assign reads a tensor of shape \[2\].*disposed/);
  expect([...v.dataSync()]).toEqual([1, 2]);
  expect(tf.memory().numDataBuffers).toBe(buffers);
});

test.each<[string, (x: tf.Tensor1D) => tf.Tensor]>([
  ["beyond the end", (x) => tf.slice(x, [2], [5])],
  ["before the start", (x) => tf.slice(x, [-3], [2])],
])("a slice that reaches %s", async (_, slice) => {
  const error = await failure(() => jit((x: tf.Tensor1D) => tf.sum(slice(x)))(tf.tensor1d([1, 2, 3, 4])));
  expect(error.message).toMatch(/Slice.*do not lie in axis 0, which has 4 elements/);
  expect(error.callSite).toContain("errors.test.ts");
});

test.each<[string, (x: tf.Tensor2D) => tf.Tensor, RegExp]>([
  ["a product", (x) => tf.matMul(x, tf.ones([4, 2])), /inner sizes 3 and 4 must be equal/],
  ["a reshape", (x) => tf.reshape(x, [4, 2]), /Size\(6\) must match the product of shape 4,2/],
  ["a concatenation", (x) => tf.concat([x, tf.ones([2, 2])], 0), /\[2,3\] and \[2,2\] must be equal except for axis 0/],
  ["a stack", (x) => tf.stack([x, tf.ones([2, 2])]), /must (all )?(be equal|match)/],
  ["an einsum", (x) => tf.einsum("ij,jk->ik", x, tf.ones([4, 2])), /j.*3.*4|expected/i],
  ["a sum", (x) => tf.add(x, tf.ones([2, 2])), /do not broadcast/],
])("%s of shapes that do not fit, compiled and exported", async (_, fn, message) => {
  const x = tf.ones<tf.Rank.R2>([2, 3]);
  expect(() => fn(x)).toThrow();
  await expect(jit(fn)(x)).rejects.toThrow(message);
  const exported = exportOnnx((input) => fn(input as tf.Tensor2D), { inputs: { x: [2, 3] }, outputs: ["y"] });
  await expect(exported).rejects.toThrow(message);
});

test("a tensor from a failed trace", async () => {
  let kept: tf.Tensor | undefined;
  const fn = (x: tf.Tensor) => {
    if (kept) return tf.add(x, kept);
    kept = tf.keep(tf.square(x));
    throw new RangeError("mine");
  };
  const compiled = jit(fn);
  await expect(compiled(tf.ones([2]))).rejects.toThrow("mine");
  const error = await failure(() => compiled(tf.ones([2])));
  expect(error).toBeInstanceOf(CapturedTensorError);
  expect(error.message).toMatch(/an earlier trace left behind \(result of Square\)/);
});

test("a constant from an earlier trace still has its values", async () => {
  let kept: tf.Tensor | undefined;
  const fn = (x: tf.Tensor) => {
    kept ??= tf.keep(tf.scalar(5));
    return tf.add(x, kept);
  };
  const compiled = jit(fn);
  await compiled(tf.ones([2]));
  expect([...(await compiled(tf.ones([3]))).dataSync()]).toEqual([6, 6, 6]);
  expect([...fn(tf.ones([2])).dataSync()]).toEqual([6, 6]);
});

test("a failed trace leaves variables, tensors and the backend as they were", async () => {
  const v = tf.variable(tf.tensor1d([1, 2]));
  const fn = (x: tf.Tensor) => {
    const { grads } = tf.variableGrads(() => {
      v.assign(tf.add(v, x));
      const loss = tf.sum(tf.square(v)) as tf.Scalar;
      loss.dataSync();
      return loss;
    });
    return grads[v.name]!;
  };
  const x = tf.ones([2]);
  const before = tf.memory().numTensors;
  await failure(() => jit(fn)(x));
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.getBackend()).toBe("cpu");
  expect([...v.dataSync()]).toEqual([1, 2]);
});

test("the function's own errors pass unchanged", async () => {
  await expect(jit((x: tf.Tensor) => tf.dot(x, tf.ones([3])))(tf.ones([2]))).rejects.toThrow(/Error in dot/);
  await expect(
    jit(() => {
      throw new RangeError("mine");
    })(),
  ).rejects.toThrow(new RangeError("mine"));
});
