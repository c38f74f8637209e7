import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { jit } from "../../src/jit.js";
import type { JitOptions } from "../../src/options.js";
import { failBetweenCalls, keepState, memoryAfterDispose, transfersPerStep, useState } from "./gpu-state.js";
import { outputsOnGpu } from "./runtime-contract.js";
import { type TrainingReport, trainBothWays } from "./training.js";

/** What the tests call in the page. */
export interface Page {
  isIsolated(): boolean;
  trainBothWays: typeof trainBothWays;
  trainInWorker(options: JitOptions): Promise<TrainingReport>;
  /** Calls a function with a variable many times, and returns the number of new tensors and the variable's first value. */
  callOften(options: JitOptions, calls: number): Promise<{ newTensors: number; value: number }>;
  /** Compiles functions, uses and disposes them one after the other. */
  compileOften(options: JitOptions, functions: number): Promise<void>;
  /** Values of a variable as eager code reads and writes it between the calls and after dispose. */
  readBetweenCalls(options: JitOptions): Promise<number[]>;
  /** A gradient of maxima and elements taken backwards: WebGPU lacks the nodes of both, so they stay on the CPU. */
  gradientAndReverse(options: JitOptions): Promise<{ gradient: number[]; backwards: number[] }>;
  transfersPerStep: typeof transfersPerStep;
  useState: typeof useState;
  keepState: typeof keepState;
  failBetweenCalls: typeof failBetweenCalls;
  memoryAfterDispose: typeof memoryAfterDispose;
  outputsOnGpu: typeof outputsOnGpu;
  /** Says where the file of the provider cpu is, as README.md does. */
  setWasmFile(url: string): Promise<void>;
  /** The text of the error of a trivial compiled function, or undefined if it runs. */
  errorOf(options: JitOptions): Promise<string | undefined>;
}

function trainInWorker(options: JitOptions): Promise<TrainingReport> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
}

async function callOften(options: JitOptions, calls: number) {
  const w = tf.variable(tf.ones([64, 64]));
  const step = jit((x: tf.Tensor) => {
    w.assign(tf.add(tf.mul(w, 0.5), x));
    return tf.mean(w);
  }, options);
  const x = tf.scalar(1);
  (await step(x)).dispose();
  const before = tf.memory().numTensors;
  for (let i = 1; i < calls; i++) (await step(x)).dispose();
  const newTensors = tf.memory().numTensors - before;
  await step.dispose();
  const value = w.dataSync()[0]!;
  tf.dispose([w, x]);
  return { newTensors, value };
}

async function compileOften(options: JitOptions, functions: number) {
  const x = tf.ones([8, 512]);
  for (let i = 0; i < functions; i++) {
    const constant = tf.fill([512, 512], i);
    const fn = jit((y: tf.Tensor2D) => tf.matMul(y, constant as tf.Tensor2D), options);
    tf.dispose(await fn(x as tf.Tensor2D));
    await fn.dispose();
    constant.dispose();
  }
  x.dispose();
}

async function readBetweenCalls(options: JitOptions) {
  const v = tf.variable(tf.scalar(1));
  const values: number[] = [];
  const double = jit(() => v.assign(tf.mul(v, 2)), options);
  await double();
  values.push(v.dataSync()[0]!);
  await double();
  values.push(
    (await v.data())[0]!,
    tf.tidy(() => tf.add(v, 0.5).dataSync()[0]!),
  );
  v.assign(tf.scalar(10));
  await double();
  await double.dispose();
  values.push(v.dataSync()[0]!);
  v.dispose();
  return values;
}

async function errorOf(options: JitOptions) {
  const fn = jit((x: tf.Tensor) => tf.add(x, 1), options);
  const x = tf.scalar(1);
  try {
    (await fn(x)).dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    x.dispose();
    await fn.dispose();
  }
}

async function gradientAndReverse(options: JitOptions) {
  const fn = jit((x: tf.Tensor4D) => {
    const gradient = tf.grad((image: tf.Tensor) => tf.maxPool(image as tf.Tensor4D, 2, 2, "valid"))(x);
    return { gradient, backwards: tf.stridedSlice(tf.reshape(x, [16]), [5], [1], [-2]) };
  }, options);
  const x = tf.tensor4d([...Array(16).keys()], [1, 4, 4, 1]);
  const { gradient, backwards } = await fn(x);
  const values = { gradient: [...gradient.dataSync()], backwards: [...backwards.dataSync()] };
  tf.dispose([x, gradient, backwards]);
  await fn.dispose();
  return values;
}

async function setWasmFile(url: string) {
  const { env } = await import("onnxruntime-web/wasm");
  env.wasm.wasmPaths = { wasm: url };
}

const page: Page = {
  isIsolated: () => globalThis.crossOriginIsolated,
  trainBothWays,
  transfersPerStep,
  useState,
  keepState,
  failBetweenCalls,
  memoryAfterDispose,
  outputsOnGpu,
  trainInWorker,
  callOften,
  compileOften,
  readBetweenCalls,
  gradientAndReverse,
  setWasmFile,
  errorOf,
};

await tf.setBackend("cpu");
Object.assign(globalThis, { page });
