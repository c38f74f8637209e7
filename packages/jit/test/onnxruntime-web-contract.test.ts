import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../src/ir/graph-builder.js";
import { encodeModel } from "../src/onnx/encode.js";

/**
 * Behaviour of onnxruntime-web 1.30 with memory on which the executor relies, tested here in Node and by test/browser
 * in browsers. A failure after an upgrade shows which assumption to review.
 */
const SIZE = 1024;

const vector = (fill: number) => new ort.Tensor("float32", new Float32Array(SIZE).fill(fill), [SIZE]);

describe("onnxruntime-web", () => {
  let session: ort.InferenceSession;
  let y: string;
  let s: string;
  let bytes: Uint8Array;

  beforeAll(async () => {
    ort.env.wasm.numThreads = 1;
    const builder = new GraphBuilder("contract");
    const x = builder.input("float32", [SIZE], "x");
    const sum = builder.op("Add", [x, builder.scalar(1, "float32")], {}, x);
    builder.output(sum);
    builder.output(builder.op("ReduceSum", [sum], { keepdims: { int: 0 } }, { elementType: "float32", shape: [] }));
    bytes = encodeModel(builder.finish());
    session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    [y, s] = session.outputNames as [string, string];
  });
  afterAll(() => session.release());

  test("is the version with which the assumptions were checked", () => {
    expect(ort.env.versions.web).toMatch(/^1\.30\./);
  });

  test("neither writes nor replaces a preallocated output, so its numbers are lost", async () => {
    const mine = vector(-5);
    const results = await session.run({ x: vector(2) }, { [y]: mine, [s]: null });
    // If this fails, the executor can pass its own memory, and save a copy per output.
    expect(results[y]).toBe(mine);
    expect(mine.data[0]).toBe(-5);
    expect(results[s]!.data[0]).toBe(3 * SIZE);
  });

  test("returns each output in new memory outside WebAssembly", async () => {
    const first = await session.run({ x: vector(0) }, { [y]: null });
    const second = await session.run({ x: vector(5) }, { [y]: null });
    const data = first[y]!.data as Float32Array;
    expect(data.buffer).not.toBe((second[y]!.data as Float32Array).buffer);
    expect(data.byteLength).toBe(data.buffer.byteLength);
    expect([data[0], second[y]!.data[0]]).toEqual([1, 6]);
  });

  test("returns only the outputs that are named", async () => {
    expect(Object.keys(await session.run({ x: vector(1) }, { [s]: null }))).toEqual([s]);
  });

  test("reads its inputs at the run, also from parts of larger memory, without changing them", async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const numbers = new Float32Array(memory.buffer, 256, SIZE);
    const x = new ort.Tensor("float32", numbers, [SIZE]);
    numbers.fill(7);
    const results = await session.run({ x }, { [y]: null });
    expect(results[y]!.data[SIZE - 1]).toBe(8);
    expect(numbers.every((value) => value === 7)).toBe(true);
  });

  test("requires exactly the model's inputs", async () => {
    await expect(session.run({}, { [s]: null })).rejects.toThrow(/'x' is missing/);
    await expect(session.run({ x: vector(1), other: vector(1) }, { [s]: null })).rejects.toThrow(/invalid input/);
  });

  test("rejects an input of another shape", async () => {
    const x = new ort.Tensor("float32", new Float32Array(2), [2]);
    await expect(session.run({ x }, { [s]: null })).rejects.toThrow(/dimensions|shape/i);
  });

  test("does not run after release, while other sessions still run", async () => {
    const other = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    await other.release();
    await expect(other.run({ x: vector(1) }, { [s]: null })).rejects.toThrow(/invalid session/);
    expect((await session.run({ x: vector(1) }, { [s]: null }))[s]!.data[0]).toBe(2 * SIZE);
  });

  test("keeps its initial number of threads", () => {
    expect(ort.env.wasm.numThreads).toBe(1);
  });
});
