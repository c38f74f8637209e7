import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { ExecutorError } from "../src/errors.js";
import { jit } from "./single-thread.js";

test("misuse is rejected with a reason", async () => {
  expect(() => jit("fn" as never)).toThrow("jit: expected a function, got string");
  expect(() => jit((x: tf.Tensor) => x, { stepsPerCall: 0 })).toThrow("stepsPerCall must be an integer >= 1, got 0");
  expect(() => jit((x: tf.Tensor) => x, { fallback: "wasm" as never })).toThrow("fallback must be");
  expect(() => jit((x: tf.Tensor) => x, { rng: 42 as never })).toThrow("rng must be a generator with fork, fill");
  expect(() => jit((x: tf.Tensor) => x, { rng: { fill: () => {} } as never })).toThrow("rng must be a generator");
  await expect(jit((x: tf.Tensor) => x, { executor: "gpu" as never })(tf.scalar(1))).rejects.toThrow(
    "executor must be",
  );
  await expect(jit((x: tf.Tensor) => x, { threads: 0 })(tf.scalar(1))).rejects.toThrow(
    "threads must be an integer >= 1",
  );
  await expect(jit((x: number) => tf.scalar(x))(3)).rejects.toThrow(/argument\[0\] must be a tensor.*use tf.scalar/);
  await expect(jit(() => ({ n: 3 }))()).rejects.toThrow(/the result\.n must be a tensor/);
  await expect(jit(async (x: tf.Tensor) => x)(tf.scalar(1))).rejects.toThrow(/the result is a promise/);
  const gone = tf.scalar(1);
  gone.dispose();
  await expect(jit((x: tf.Tensor, _: tf.Tensor) => x)(tf.scalar(1), gone)).rejects.toThrow(
    "jit: argument 1 was disposed",
  );
  const used = jit((x: tf.Tensor) => x);
  expect(() => used.toOnnx()).toThrow("call the function first");
  await used.dispose();
  await expect(used(tf.scalar(1))).rejects.toThrow("was disposed");
});

test("a provider that is absent", async () => {
  await expect(jit((x: tf.Tensor) => x, { executor: "node", provider: "tpu" as never })(tf.scalar(1))).rejects.toThrow(
    /no provider tpu; it has cpu/,
  );
});

test.each(["webgpu", "cuda"] as const)("the provider %s works, or the error says what it needs", async (provider) => {
  const compiled = jit((x: tf.Tensor) => tf.add(x, 1), { executor: "node", provider });
  const outcome = await compiled(tf.scalar(1)).then(
    (result) => result.dataSync()[0],
    (error: unknown) => error,
  );
  if (outcome !== 2) {
    expect(outcome).toBeInstanceOf(ExecutorError);
    expect((outcome as Error).message).toMatch(new RegExp(`provider ${provider}.*needs`));
  }
});

test("a function that makes variables at each call", async () => {
  const compiled = jit(() => tf.add(tf.variable(tf.scalar(1)), 1));
  await compiled();
  await compiled();
  await expect(compiled()).rejects.toThrow(/makes new variables at each call/);
});

test("CUDA multiplies in float32 by default", async () => {
  const { NVIDIA_TF32_OVERRIDE: before } = process.env;
  const outcome = async (fastMath: boolean) => {
    delete process.env.NVIDIA_TF32_OVERRIDE;
    await jit((x: tf.Tensor) => x, { executor: "node", provider: "cuda", fastMath })(tf.scalar(1)).catch(() => {});
    return process.env.NVIDIA_TF32_OVERRIDE;
  };
  try {
    expect(await outcome(false)).toBe("0");
    expect(await outcome(true)).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env.NVIDIA_TF32_OVERRIDE;
    else process.env.NVIDIA_TF32_OVERRIDE = before;
  }
});
