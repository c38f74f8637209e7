import { expect, test } from "vitest";
import { BLOCK, compileKernel } from "./elementwise-kernel.js";
import type { ElementwiseKernel } from "./kernel.js";
import { encodeModule } from "./wasm-writer.js";

const f = Math.fround;

/** Runs a kernel on copies of `streams` and returns them. */
function run(kernel: ElementwiseKernel, streams: readonly number[][], scalars: readonly number[] = []): Float32Array[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const bytes = BLOCK * Math.ceil(streams[0]!.length / (BLOCK / 4));
  const addresses = streams.map((_, i) => 128 + i * bytes);
  const module = new WebAssembly.Module(encodeModule([compileKernel(kernel, { addresses, bytes })]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const views = streams.map((values, i) => {
    const view = new Float32Array(memory.buffer, addresses[i]!, values.length);
    view.set(values);
    return view;
  });
  (exports["0"] as (...scalars: number[]) => void)(...scalars);
  return views;
}

test("reads, computes and writes block by block, up to the padded end", () => {
  const kernel: ElementwiseKernel = {
    streams: 2,
    scalars: 1,
    constants: [0.1],
    instructions: [
      { operation: "Mul", operands: [1, 2] },
      { operation: "Add", operands: [0, 4] },
      { operation: "Mul", operands: [5, 3] },
    ],
    stores: [{ stream: 0, register: 6 }],
  };
  const a = Array.from({ length: 37 }, (_, i) => f(i / 7));
  const b = Array.from({ length: 37 }, (_, i) => f(Math.sin(i)));
  const [x, y] = run(kernel, [a, b], [3]);
  expect([...x!]).toEqual(a.map((value, i) => f(f(value + f(b[i]! * 3)) * f(0.1))));
  expect([...y!]).toEqual(b);
});

test.each([
  ["Sub", (a: number, b: number) => a - b],
  ["Div", (a: number, b: number) => a / b],
  ["Min", Math.min],
  ["Max", Math.max],
] as const)("%s of two streams is float32's, NaN and infinities included", (operation, reference) => {
  const kernel: ElementwiseKernel = {
    streams: 2,
    scalars: 0,
    constants: [],
    instructions: [{ operation, operands: [0, 1] }],
    stores: [{ stream: 0, register: 2 }],
  };
  const a = [1, -2, 0, Number.NaN, 1e38, 3, -0, 1e-30].map(f);
  const b = [3, 7, 0, 1, -1e38, Number.POSITIVE_INFINITY, 0, 1e30].map(f);
  expect([...run(kernel, [a, b])[0]!]).toEqual(a.map((value, i) => f(reference(value, b[i]!))));
});

test.each([
  ["Sqrt", Math.sqrt],
  ["Neg", (x: number) => -x],
  ["Abs", Math.abs],
  ["Reciprocal", (x: number) => 1 / x],
] as const)("%s of a stream is float32's", (operation, reference) => {
  const kernel: ElementwiseKernel = {
    streams: 1,
    scalars: 0,
    constants: [],
    instructions: [{ operation, operands: [0] }],
    stores: [{ stream: 0, register: 1 }],
  };
  const a = [2, 0, 1e-30, 7, 1e30, 0.5, 3].map(f);
  expect([...run(kernel, [a])[0]!]).toEqual(a.map((value) => f(reference(value))));
});

test("factors that are the same for all elements are applied once, within two roundings", () => {
  // x / s * c + (-0.5 y) * x / s, with x / s read twice.
  const kernel: ElementwiseKernel = {
    streams: 2,
    scalars: 1,
    constants: [7, -0.5],
    instructions: [
      { operation: "Div", operands: [0, 2] },
      { operation: "Mul", operands: [5, 3] },
      { operation: "Mul", operands: [4, 1] },
      { operation: "Mul", operands: [7, 5] },
      { operation: "Add", operands: [6, 8] },
    ],
    stores: [
      { stream: 0, register: 9 },
      { stream: 1, register: 5 },
    ],
  };
  const a = Array.from({ length: 100 }, (_, i) => f(Math.cos(i) * 10 ** (i % 9)));
  const b = Array.from({ length: 100 }, (_, i) => f(Math.sin(i)));
  const [x, y] = run(kernel, [a, b], [0.3]);
  for (const [i, value] of a.entries()) {
    const terms = [(value / f(0.3)) * 7, (-0.5 * b[i]! * value) / f(0.3)];
    expect(Math.abs(x![i]! - (terms[0]! + terms[1]!))).toBeLessThan(4 * 2 ** -23 * Math.max(...terms.map(Math.abs)));
    expect(Math.abs(y![i]! - value / f(0.3))).toBeLessThan(1.6 * 2 ** -23 * Math.abs(value / f(0.3)));
  }
});

test("factors whose product would overflow or underflow are applied one by one", () => {
  const kernel = (operations: readonly ("Mul" | "Div")[], constants: readonly number[]): ElementwiseKernel => ({
    streams: 1,
    scalars: 0,
    constants,
    instructions: operations.map((operation, i) => ({
      operation,
      operands: [i === 0 ? 0 : constants.length + i, 1 + i],
    })),
    stores: [{ stream: 0, register: constants.length + operations.length }],
  });
  const values = [0, 1e-20, -3e-25].map(f);
  const up = run(kernel(["Mul", "Mul", "Mul"], [1e25, 1e25, 1e-25]), [values]);
  const down = run(kernel(["Div", "Div", "Mul"], [1e-25, 1e-25, 1e-25]), [values]);
  for (const [i, value] of values.entries()) {
    const expected = value * 1e25;
    for (const [result] of [up, down]) {
      expect(Math.abs(result![i]! - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
    }
  }
});

test("a quotient of vectors applies the numerator's factors after the division", () => {
  const kernel: ElementwiseKernel = {
    streams: 2,
    scalars: 0,
    constants: [3, 4],
    instructions: [
      { operation: "Mul", operands: [2, 0] },
      { operation: "Mul", operands: [1, 3] },
      { operation: "Div", operands: [4, 5] },
    ],
    stores: [{ stream: 1, register: 6 }],
  };
  const [, y] = run(kernel, [
    [1, 2, 3],
    [8, 4, 2],
  ]);
  expect([...y!]).toEqual([3 / 32, 6 / 16, 9 / 8]);
});
