import { expect, test } from "vitest";
import { compileKernel, type ElementwiseKernel } from "./elementwise-kernel.js";
import { encodeModule } from "./wasm-writer.js";

const f = Math.fround;

/** Runs a kernel on copies of `streams`; returns what they hold afterwards. */
function run(kernel: ElementwiseKernel, streams: readonly number[][], scalars: readonly number[] = []): Float32Array[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new WebAssembly.Module(encodeModule([compileKernel(kernel)]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const bytes = 16 * Math.ceil(streams[0]!.length / 4);
  const views = streams.map((values, i) => {
    const view = new Float32Array(memory.buffer, i * bytes, values.length);
    view.set(values);
    return view;
  });
  (exports["0"] as (...args: number[]) => void)(...views.map((view) => view.byteOffset), bytes, ...scalars);
  return views;
}

test("reads, computes and writes four lanes at a time, up to the padded end", () => {
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
  const a = Array.from({ length: 11 }, (_, i) => f(i / 7));
  const b = Array.from({ length: 11 }, (_, i) => f(Math.sin(i)));
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

test("division by a scalar is one reciprocal, within one rounding of the quotient", () => {
  const kernel: ElementwiseKernel = {
    streams: 1,
    scalars: 1,
    constants: [],
    instructions: [{ operation: "Div", operands: [0, 1] }],
    stores: [{ stream: 0, register: 2 }],
  };
  const a = Array.from({ length: 100 }, (_, i) => f(Math.cos(i) * 10 ** (i % 9)));
  const [x] = run(kernel, [a], [0.3]);
  for (const [i, value] of a.entries()) {
    expect(Math.abs(x![i]! - value / f(0.3)) / Math.abs(value / f(0.3))).toBeLessThan(1.5 * 2 ** -23);
  }
});
