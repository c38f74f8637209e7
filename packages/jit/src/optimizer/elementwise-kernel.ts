import { F32, float32Bytes, I32, OP, unsigned, V128, type WasmFunction } from "./wasm-writer.js";

/** Operations of a kernel: float32, rounded as IEEE 754 says after each one. */
export type KernelOperation = "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "Sqrt" | "Neg" | "Abs" | "Reciprocal";

/** One operation; operands are registers. */
export interface Instruction {
  readonly operation: KernelOperation;
  readonly operands: readonly number[];
}

/**
 * A loop over arrays of equal length ("streams"): for each element, read the streams, compute, write some of them back.
 * Registers are numbered: streams, then scalars, then constants, then the results of the instructions in order.
 */
export interface ElementwiseKernel {
  readonly streams: number;
  /** Numbers that are the same for all elements and change from run to run. */
  readonly scalars: number;
  readonly constants: readonly number[];
  readonly instructions: readonly Instruction[];
  /** Registers written to streams once all instructions of an element are done. */
  readonly stores: readonly { readonly stream: number; readonly register: number }[];
}

const BINARY: Partial<Record<KernelOperation, readonly number[]>> = {
  Add: OP.f32x4Add,
  Sub: OP.f32x4Sub,
  Mul: OP.f32x4Mul,
  Div: OP.f32x4Div,
  Min: OP.f32x4Min,
  Max: OP.f32x4Max,
};
const UNARY: Partial<Record<KernelOperation, readonly number[]>> = {
  Sqrt: OP.f32x4Sqrt,
  Neg: OP.f32x4Neg,
  Abs: OP.f32x4Abs,
};
const BYTES_PER_VECTOR = 16;

/**
 * Compiles a kernel to a WebAssembly function of four lanes:
 * `(address of each stream: i32 ..., bytes of one stream: i32, scalars: f32 ...) -> ()`.
 * Streams are aligned and padded to 16 bytes. Division by a scalar or a constant is multiplication with its reciprocal,
 * taken once: the divider is what limits such loops, and the result differs by one rounding.
 */
export function compileKernel(kernel: ElementwiseKernel): WasmFunction {
  const { streams, scalars, constants, instructions, stores } = kernel;
  const bytesParam = streams;
  const firstScalarParam = streams + 1;
  const firstLocal = firstScalarParam + scalars;
  const registers = streams + scalars + constants.length + instructions.length;
  const uniformEnd = streams + scalars + constants.length;
  const local = (register: number) => firstLocal + register;
  const locals: number[] = Array.from({ length: registers }, () => V128);
  const newLocal = (type: number) => firstLocal + locals.push(type) - 1;
  const offset = newLocal(I32);

  const get = (index: number) => [...OP.localGet, ...unsigned(index)];
  const set = (index: number) => [...OP.localSet, ...unsigned(index)];
  const number = (value: number) => [...OP.f32Const, ...float32Bytes(value)];
  const isUniform = (register: number) => register >= streams && register < uniformEnd;
  const uniform = (register: number) =>
    register < streams + scalars
      ? get(firstScalarParam + register - streams)
      : number(constants[register - streams - scalars] as number);
  const address = (stream: number) => [...get(stream), ...get(offset), ...OP.i32Add];
  const memoryArgument = [4, 0]; // aligned to 2^4 bytes, offset 0

  const before: number[] = [];
  for (let register = streams; register < uniformEnd; register++) {
    before.push(...uniform(register), ...OP.f32x4Splat, ...set(local(register)));
  }
  const one = newLocal(V128);
  before.push(...number(1), ...OP.f32x4Splat, ...set(one));
  const reciprocals = new Map<number, number>();
  const reciprocalOf = (register: number): number => {
    let known = reciprocals.get(register);
    if (known === undefined) {
      known = newLocal(V128);
      reciprocals.set(register, known);
      before.push(...number(1), ...uniform(register), ...OP.f32Div, ...OP.f32x4Splat, ...set(known));
    }
    return known;
  };

  const evaluate = ({ operation, operands }: Instruction): number[] => {
    const [a, b] = operands as [number, number];
    if (operation === "Div" && isUniform(b)) return [...get(local(a)), ...get(reciprocalOf(b)), ...OP.f32x4Mul];
    if (operation === "Reciprocal") return [...get(one), ...get(local(a)), ...OP.f32x4Div];
    const unary = UNARY[operation];
    if (unary) return [...get(local(a)), ...unary];
    return [...get(local(a)), ...get(local(b)), ...(BINARY[operation] as readonly number[])];
  };

  const element: number[] = [];
  for (let stream = 0; stream < streams; stream++) {
    element.push(...address(stream), ...OP.v128Load, ...memoryArgument, ...set(local(stream)));
  }
  for (const [i, instruction] of instructions.entries()) {
    element.push(...evaluate(instruction), ...set(local(uniformEnd + i)));
  }
  for (const { stream, register } of stores) {
    element.push(...address(stream), ...get(local(register)), ...OP.v128Store, ...memoryArgument);
  }

  return {
    params: [...Array.from({ length: streams + 1 }, () => I32), ...Array.from({ length: scalars }, () => F32)],
    locals,
    body: [
      ...before,
      ...OP.block,
      ...OP.loop,
      ...[...get(offset), ...get(bytesParam), ...OP.i32GeU, ...OP.brIf, 1],
      ...element,
      ...[...get(offset), ...OP.i32Const, BYTES_PER_VECTOR, ...OP.i32Add, ...set(offset)],
      ...[...OP.br, 0],
      ...OP.end,
      ...OP.end,
    ],
  };
}
