import * as tf from "@tensorflow/tfjs-core";
import { jit } from "../../src/jit.js";
import type { JitOptions } from "../../src/options.js";

/** Bytes that crossed between the host and the GPU; `recordTransfers` counts them. */
export interface Transfers {
  /** Written to buffers that were mapped when they were made: tensors that go to the GPU. */
  uploaded: number;
  /** Written by the queue: the shapes that each kernel reads, and variables. */
  written: number;
  /** Mapped for reading. */
  downloaded: number;
  /** Buffers made and not destroyed, in bytes. */
  live: number;
}

declare global {
  var transfers: Transfers;
}

/** Runs in the page before its scripts. */
export function recordTransfers() {
  globalThis.transfers = { uploaded: 0, written: 0, downloaded: 0, live: 0 };
  if (!("GPUDevice" in globalThis)) return;
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    if (descriptor.mappedAtCreation) globalThis.transfers.uploaded += descriptor.size;
    globalThis.transfers.live += descriptor.size;
    return createBuffer.call(this, descriptor);
  };
  const { destroy, mapAsync } = GPUBuffer.prototype;
  const destroyed = new WeakSet<GPUBuffer>();
  GPUBuffer.prototype.destroy = function () {
    if (!destroyed.has(this)) globalThis.transfers.live -= this.size;
    destroyed.add(this);
    return destroy.call(this);
  };
  GPUBuffer.prototype.mapAsync = function (mode, offset, size) {
    // GPUMapMode.READ
    if (mode & 1) globalThis.transfers.downloaded += size ?? this.size - (offset ?? 0);
    return mapAsync.call(this, mode, offset, size);
  };
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, start, data, offset, size) {
    globalThis.transfers.written += size ?? data.byteLength;
    return writeBuffer.call(this, buffer, start, data as BufferSource, offset, size);
  };
}

const INPUTS = 256;
const UNITS = 512;
const BATCH = 4;

/** Bytes of the weights below; Adam has two more tensors of their size. */
export const WEIGHT_BYTES = 4 * INPUTS * UNITS;
/** Bytes of a batch below. */
export const BATCH_BYTES = 4 * BATCH * INPUTS;

/** What each of some steps of Adam moves, and the losses. */
export async function transfersPerStep(options: JitOptions, steps: number) {
  const { stepsPerCall = 1 } = options;
  const w = tf.variable(tf.randomNormal([INPUTS, UNITS], 0, 0.05, "float32", 3));
  const optimizer = tf.train.adam(0.01);
  const step = jit(
    (x: tf.Tensor2D) => optimizer.minimize(() => tf.mean(tf.square(tf.matMul(x, w as tf.Tensor2D))), true)!,
    options,
  );
  const batch = tf.randomNormal([BATCH, INPUTS], 0, 1, "float32", 4);
  const x = stepsPerCall === 1 ? batch : tf.stack(Array(stepsPerCall).fill(batch));
  const perStep: Transfers[] = [];
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const before = { ...globalThis.transfers };
    const loss = await step(x as tf.Tensor2D);
    const { uploaded, written, downloaded, live } = globalThis.transfers;
    perStep.push({
      uploaded: uploaded - before.uploaded,
      written: written - before.written,
      downloaded: downloaded - before.downloaded,
      live: live - before.live,
    });
    losses.push(...loss.dataSync());
    loss.dispose();
  }
  const summary = step.summary();
  await step.dispose();
  optimizer.dispose();
  tf.dispose([w, batch, x]);
  return { perStep, losses, summary };
}

/**
 * What eager code sees and does between compiled calls. Returns a list of names and numbers: it has to be the same for
 * each provider, and to hold that of eager tfjs.
 */
export async function useState(options: JitOptions): Promise<[string, number[]][]> {
  const seen: [string, number[]][] = [];
  const see = (name: string, values: Iterable<number>) => seen.push([name, [...values]]);
  const v = tf.variable(tf.tensor1d([1, 2, 3, 4, 5]));
  const count = tf.variable(tf.scalar(0, "int32"));
  const flags = tf.variable(tf.tensor1d([true, false], "bool"));
  const step = jit((x: tf.Tensor) => {
    v.assign(tf.add(tf.mul(v, 2), x));
    count.assign(tf.add(count, tf.scalar(1, "int32")));
    flags.assign(tf.logicalNot(flags));
    return tf.sum(v);
  }, options);
  const onHost = jit((x: tf.Tensor) => v.assign(tf.add(v, x)), { threads: 1 });
  const onlyRead = jit(() => tf.mul(v, 10), options);
  const one = tf.scalar(1);
  const call = async () => {
    const sum = await step(one);
    see("sum", sum.dataSync());
    sum.dispose();
  };
  await call();
  await call();
  see("dataSync", v.dataSync());
  see("int32", count.dataSync());
  see("bool", flags.dataSync());
  await call();
  // Both begin before the next call, and have the values of now.
  const [first, second] = [v.data(), step(one)];
  see("data", await first);
  (await second).dispose();
  see("after", await v.data());
  see(
    "eager op",
    tf.tidy(() => tf.add(v, 0.5).dataSync()),
  );
  await call();
  v.assign(tf.tensor1d([5, 4, 3, 2, 1]));
  see("assigned", v.dataSync());
  await call();
  tf.dispose(await onHost(one));
  see("another provider", v.dataSync());
  await call();
  const tens = await onlyRead();
  see("only read", tens.dataSync());
  await call();
  await onlyRead.dispose();
  await call();
  await step.dispose();
  await onHost.dispose();
  see("disposed", v.dataSync());
  see("int32 at the end", count.dataSync());
  tf.dispose([v, count, flags, one, tens]);
  return seen;
}

/** A tensor that the function keeps, as recurrent layers do, while it and an argument change. */
export async function keepState(options: JitOptions): Promise<number[]> {
  let h = tf.keep(tf.zeros([3]));
  const step = jit((x: tf.Tensor) => {
    const next = tf.keep(tf.add(tf.mul(h, 0.5), x));
    h.dispose();
    h = next;
    return tf.sum(next);
  }, options);
  const x = tf.tensor1d([1, 2, 3]);
  const sums: number[] = [];
  for (let i = 0; i < 6; i++) {
    const sum = await step(x);
    sums.push(sum.dataSync()[0]!);
    sum.dispose();
    if (i === 4) sums.push(...h.dataSync());
  }
  await step.dispose();
  sums.push(...h.dataSync());
  tf.dispose([h, x]);
  return sums;
}

/**
 * A run that the runtime refuses, because its argument has another shape than in the graph: what it reads before, the error,
 * the variable after it, and one more call.
 */
export async function failBetweenCalls(options: JitOptions) {
  const { InferenceSession, Tensor } = await import("onnxruntime-web/webgpu");
  const { prototype } = InferenceSession as unknown as { prototype: { run: Run } };
  type Run = (feeds: Record<string, InstanceType<typeof Tensor>>, ...others: unknown[]) => Promise<unknown>;
  const { run } = prototype;
  const v = tf.variable(tf.tensor1d([1, 2, 3]));
  const step = jit((x: tf.Tensor) => {
    v.assign(tf.add(v, x));
    return tf.sum(v);
  }, options);
  const call = async (add: number) => {
    const x = tf.fill([3], add);
    try {
      const sum = await step(x);
      const [value] = sum.dataSync();
      sum.dispose();
      return value;
    } finally {
      x.dispose();
    }
  };
  const before = [await call(1), await call(1)];
  prototype.run = function (feeds, ...others) {
    const wrong = new Tensor("float32", new Float32Array(2), [2]);
    return run.call(this, { ...feeds, argument_0: wrong }, ...others);
  };
  let error = "it ran";
  try {
    await call(100);
  } catch (failure) {
    error = (failure as Error).message;
  } finally {
    prototype.run = run;
  }
  const kept = [...v.dataSync()];
  const after = await call(10);
  const values = [...v.dataSync()];
  await step.dispose();
  v.dispose();
  return { before, error, kept, after, values };
}

/** GPU memory in bytes, after use and dispose of functions and variables, beyond that after the first time. */
export async function memoryAfterDispose(options: JitOptions, times: number): Promise<number> {
  let first = 0;
  for (let i = 0; i <= times; i++) {
    const v = tf.variable(tf.ones([512, 512]));
    const step = jit(() => v.assign(tf.mul(v, 0.5)), options);
    await step();
    await step();
    // In both orders.
    if (i % 2 === 0) v.dispose();
    await step.dispose();
    if (i % 2 === 1) v.dispose();
    if (i === 0) first = globalThis.transfers.live;
  }
  return globalThis.transfers.live - first;
}
