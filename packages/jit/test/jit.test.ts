import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { JitError } from "../src/errors.js";
import { TraceBackend } from "../src/trace/trace-backend.js";
import { provider } from "./provider.js";
import { jit } from "./single-thread.js";

test("gives the results of the function at every call", async () => {
  const fn = (x: tf.Tensor, y: tf.Tensor) => tf.add(tf.mul(x, 2), y);
  const compiled = jit(fn);
  for (const i of [1, 2, 3]) {
    const x = tf.tensor1d([i, i + 1]);
    const y = tf.scalar(i);
    const result = await compiled(x, y);
    expect(await result.data()).toEqual(await fn(x, y).data());
  }
  await compiled.dispose();
});

test("is traced at the first two calls with the same shapes and dtypes", async () => {
  let traces = 0;
  const compiled = jit((x: tf.Tensor) => {
    traces++;
    return tf.add(x, x);
  });
  const call = async (x: tf.Tensor) => {
    const result = await compiled(x);
    return [result.dtype, result.shape, [...result.dataSync()]];
  };
  expect(await call(tf.tensor1d([1, 2]))).toEqual(["float32", [2], [2, 4]]);
  expect(await call(tf.tensor1d([3, 4]))).toEqual(["float32", [2], [6, 8]]);
  expect(traces).toBe(2);
  await call(tf.tensor1d([3, 4]));
  expect(traces).toBe(2);
  expect(await call(tf.tensor2d([[1, 2]]))).toEqual(["float32", [1, 2], [2, 4]]);
  expect(await call(tf.tensor1d([1, 2], "int32"))).toEqual(["int32", [2], [2, 4]]);
  expect(traces).toBe(4);
  expect(await call(tf.tensor1d([5, 5]))).toEqual(["float32", [2], [10, 10]]);
  expect(traces).toBe(4);
  await compiled.dispose();
});

test("arguments and results may be trees", async () => {
  const compiled = jit(({ a, rest }: { a: tf.Tensor; rest: readonly tf.Tensor[] }, none?: undefined) => ({
    sum: tf.addN([a, ...rest]),
    parts: [rest[1]!, { same: a, nothing: none }],
  }));
  const result = await compiled({ a: tf.scalar(1), rest: [tf.scalar(2), tf.scalar(3)] });
  expect(result.sum.dataSync()[0]).toBe(6);
  const [part, { same, nothing }] = result.parts as [tf.Tensor, { same: tf.Tensor; nothing: undefined }];
  expect([part.dataSync()[0], same.dataSync()[0], nothing]).toEqual([3, 1, undefined]);
  await compiled.dispose();
});

test("a parameter has its default for undefined, and not for null", async () => {
  const compiled = jit((x: tf.Tensor, y: tf.Tensor | null = tf.scalar(1)) => tf.add(x, y ?? 5));
  expect((await compiled(tf.scalar(1), undefined)).dataSync()[0]).toBe(2);
  expect((await compiled(tf.scalar(1), null)).dataSync()[0]).toBe(6);
  await compiled.dispose();
});

test("results may be an argument, a constant, a captured tensor, a variable, or the same tensor twice", async () => {
  const captured = tf.tensor1d([1, 2]);
  const variable = tf.variable(tf.scalar(3));
  const compiled = jit((x: tf.Tensor) => {
    const y = tf.square(x);
    return [x, tf.scalar(5), captured, variable, y, y];
  });
  const x = tf.scalar(4);
  const first = await compiled(x);
  expect(first.map((tensor) => [...tensor.dataSync()])).toEqual([[4], [5], [1, 2], [3], [16], [16]]);
  // The caller owns them: disposing them, or their sources, affects nothing else.
  tf.dispose(first);
  captured.dispose();
  variable.assign(tf.scalar(6));
  const second = await compiled(x);
  expect(second.map((tensor) => [...tensor.dataSync()])).toEqual([[4], [5], [1, 2], [6], [16], [16]]);
  await compiled.dispose();
});

test("captured tensors that share memory keep their own shapes and dtypes", async () => {
  const row = tf.tensor1d([1, 10, 100]);
  const column = tf.reshape(row, [3, 1]);
  const integers = tf.tensor1d([3, 7], "int32");
  const floats = tf.cast(integers, "float32");
  expect(column.dataId).toBe(row.dataId);
  expect(floats.dataId).toBe(integers.dataId);
  const fn = (x: tf.Tensor) => [tf.mul(x, row), tf.mul(x, column), tf.div(integers, 2), tf.div(floats, 2), integers];
  const compiled = jit(fn);
  const x = tf.ones([3, 3]);
  for (const [i, actual] of (await compiled(x)).entries()) {
    const expected = fn(x)[i]!;
    expect([actual.dtype, actual.shape, [...actual.dataSync()]]).toEqual([
      expected.dtype,
      expected.shape,
      [...expected.dataSync()],
    ]);
  }
  await compiled.dispose();
});

test.each<[string, (x: tf.Tensor4D) => tf.Tensor]>([
  ["maximum", (x) => tf.maxPool(x, 2, 2, "valid")],
  ["average", (x) => tf.avgPool(x, 1, 2, "valid")],
])("the %s of windows of a padded image counts the padding", async (_, pool) => {
  const filter = tf.fill<tf.Rank.R4>([1, 1, 3, 8], -1);
  const fn = (x: tf.Tensor4D) =>
    pool(
      tf.pad(tf.conv2d(x, filter, 2, "valid"), [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    );
  const compiled = jit(fn);
  const x = tf.ones<tf.Rank.R4>([1, 9, 9, 3]);
  expect((await compiled(x)).dataSync()).toEqual(fn(x).dataSync());
  await compiled.dispose();
});

test("a function may do nothing, or return nothing", async () => {
  const nothing = jit(() => undefined);
  expect(await nothing()).toBeUndefined();
  const v = tf.variable(tf.scalar(1));
  const reset = jit(() => {
    v.assign(tf.scalar(0));
  });
  expect(await reset()).toBeUndefined();
  expect(v.dataSync()[0]).toBe(0);
  await Promise.all([nothing.dispose(), reset.dispose()]);
});

test("accepts empty tensors", async () => {
  const compiled = jit((x: tf.Tensor2D) => [tf.sum(x), tf.concat([x, x], 1)]);
  const [sum, both] = await compiled(tf.zeros([0, 3]));
  expect(sum!.dataSync()[0]).toBe(0);
  expect(both!.shape).toEqual([0, 6]);
  await compiled.dispose();
});

const image = (channels: number) => tf.zeros([0, 8, 8, channels]) as tf.Tensor4D;
const filter = tf.ones([3, 3, 3, 2]) as tf.Tensor4D;
const filterGradient = (convolve: (filter: tf.Tensor4D) => tf.Tensor) =>
  tf.grad((f) => tf.sum(convolve(f as tf.Tensor4D)));

describe.each(["node", "web"] as const)("tensors without elements on the executor %s", (executor) => {
  test.each<[string, (x: tf.Tensor2D) => tf.Tensor]>([
    ["all", (x) => tf.all(tf.cast(x, "bool"), 0)],
    ["any", (x) => tf.any(tf.cast(x, "bool"), 0)],
    ["sum", (x) => tf.sum(x, 0)],
    ["matMul over no elements", (x) => tf.matMul(x, x, true)],
    ["topk", (x) => tf.topk(x, 2).values],
    ["max", (x) => tf.max(x, 1)],
    [
      "pad",
      (x) =>
        tf.pad(
          x,
          [
            [1, 1],
            [0, 0],
          ],
          5,
        ),
    ],
    ["conv2d", () => tf.conv2d(image(3), filter, 1, "same")],
    ["gradient of conv2d's filter", () => filterGradient((f) => tf.conv2d(image(3), f, 1, "same"))(filter)],
    [
      "gradient of depthwiseConv2d's filter",
      () => filterGradient((f) => tf.depthwiseConv2d(image(3), f, 1, "same"))(filter),
    ],
    ["resizeBilinear", () => tf.image.resizeBilinear(image(3), [4, 4])],
  ])("%s", async (_, fn) => {
    const compiled = jit(fn, { executor });
    const x = tf.zeros<tf.Rank.R2>([0, 3]);
    const [actual, expected] = [await compiled(x), fn(x)];
    expect([actual.dtype, actual.shape, [...actual.dataSync()]]).toEqual([
      expected.dtype,
      expected.shape,
      [...expected.dataSync()],
    ]);
    await compiled.dispose();
  });
});

test("gradients of custom gradients and of several variables", async () => {
  const w = tf.variable(tf.tensor1d([1, -2]));
  const straightThrough = tf.customGrad((x) => ({
    value: tf.sign(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  const fn = (x: tf.Tensor) => {
    const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(straightThrough(w), x)) as tf.Scalar, [w]);
    return { value, gradient: grads[w.name]! };
  };
  const compiled = jit(fn);
  const x = tf.tensor1d([3, 5]);
  const { value, gradient } = await compiled(x);
  expect(value.dataSync()[0]).toBe(-2);
  expect([...gradient.dataSync()]).toEqual([3, 5]);
  await compiled.dispose();
});

test("only the results stay in memory", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const optimizer = tf.train.adam(0.1);
  const step = jit(
    (x: tf.Tensor) => optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, x))) as tf.Scalar, true, [w])!,
  );
  const x = tf.scalar(1);
  (await step(x)).dispose();
  (await step(x)).dispose();
  const before = tf.memory();
  (await step(x)).dispose();
  const loss = await step(x);
  const after = tf.memory();
  expect(after.numTensors).toBe(before.numTensors + 1);
  expect(after.numDataBuffers).toBe(before.numDataBuffers + 1);
  expect(after.numBytes).toBe(before.numBytes + 4);
  loss.dispose();
  await step.dispose();
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(TraceBackend.instance().liveData).toBe(0);
});

test("summary counts nodes, and with profile gives the time per kernel", async () => {
  const compiled = jit((x: tf.Tensor2D) => tf.relu(tf.matMul(x, x)), { profile: true });
  expect(compiled.summary()).toBe("jit: nothing compiled yet");
  for (let i = 0; i < 3; i++) await compiled(tf.ones([4, 4]));
  const summary = compiled.summary();
  expect(summary).toContain(`jit(float32[4,4]) on node, provider ${provider}`);
  expect(summary).toMatch(/3 calls/);
  expect(summary).toMatch(/(Gemm|MatMul) +1/);
  expect(summary).toMatch(/time by tfjs kernel:\n +\S.* +\d+\.\d\d ms +\d+\.\d %/);
  expect(compiled.summary()).toBe(summary);
  await compiled.dispose();
});

test("summary has the number of nodes before and after the passes", async () => {
  const compiled = jit(({ "the x": x }: { "the x": tf.Tensor }) => tf.neg(tf.neg(tf.mul(x, 1))));
  await compiled({ "the x": tf.ones([3]) });
  expect(compiled.summary()).toMatch(/^jit\(float32\[3\]\) on node.*, 3 nodes as traced\n.*1 step per run, 1 nodes:/s);
  await compiled.dispose();
});

test("an undefined option counts as absent", async () => {
  const compiled = jit((x: tf.Tensor) => tf.add(x, 1), {
    ...({ executor: undefined, provider: undefined, rng: undefined, stepsPerCall: undefined } as object),
  });
  expect((await compiled(tf.scalar(1))).dataSync()[0]).toBe(2);
  await compiled.dispose();
});

test("profile leaves no files", async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`igr-jit-${process.pid}-`));
  const compiled = jit((x: tf.Tensor) => tf.add(x, 1), { profile: true });
  await compiled(tf.scalar(1));
  expect(folders()).toHaveLength(1);
  await compiled.dispose();
  expect(folders()).toHaveLength(0);
});

test("a trace inside tf.profile, which may read all results of kernels", async () => {
  const compiled = jit((x: tf.Tensor) => tf.add(tf.mul(x, 2), 1));
  tf.env().set("CHECK_COMPUTATION_FOR_ERRORS", true);
  try {
    const { result } = await tf.profile(() => compiled(tf.scalar(3)) as unknown as tf.TensorContainer);
    expect((result as tf.Tensor).dataSync()[0]).toBe(7);
  } finally {
    tf.env().set("CHECK_COMPUTATION_FOR_ERRORS", false);
  }
  await compiled.dispose();
});

test("dispose waits for previous calls, and may be called twice", async () => {
  const compiled = jit((x: tf.Tensor) => tf.add(x, 1));
  const call = compiled(tf.scalar(1));
  const disposed = compiled.dispose();
  await Promise.all([disposed, compiled.dispose()]);
  await expect(call.then((result) => result.dataSync()[0])).resolves.toBe(2);
  await expect(compiled(tf.scalar(1))).rejects.toThrow(JitError);
});

test("an argument on another backend, or cast without a copy, has its own dtype's numbers", async () => {
  const compiled = jit((x: tf.Tensor) => tf.mul(x, 1.5));
  const flags = tf.cast(tf.tensor1d([true, false], "bool"), "float32");
  expect([...(await compiled(flags)).dataSync()]).toEqual([1.5, 0]);
  await compiled.dispose();
});
