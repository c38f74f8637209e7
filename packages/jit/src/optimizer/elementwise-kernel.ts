import { F32, float32Bytes, I32, OP, signed, unsigned, V128, type WasmFunction } from "./wasm-writer.js";

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

/** Where a kernel finds its streams: byte addresses, multiples of {@link BLOCK}, and the bytes of each, padded to such. */
export interface StreamPlaces {
  readonly addresses: readonly number[];
  readonly bytes: number;
}

const VECTOR = 16;
/** Bytes of each stream that one round of the loop goes through. */
export const BLOCK = 64;

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

/** A register times a number that is the same for all elements: a product of scalars and constants, over others. */
interface Scaled {
  readonly register: number;
  readonly times: readonly number[];
  readonly over: readonly number[];
}

/**
 * Compiles a kernel to a WebAssembly function of four lanes with the scalars as its parameters. Addresses are part of
 * the code, which spares the loop their arithmetic. Factors that are the same for all elements are multiplied with each other
 * before the loop, so that x / s * c is one multiplication: within two roundings of the operations one by one.
 */
export function compileKernel(kernel: ElementwiseKernel, { addresses, bytes }: StreamPlaces): WasmFunction {
  const { streams, scalars, constants, stores } = kernel;
  const uniformEnd = streams + scalars + constants.length;
  const locals: number[] = [];
  const newLocal = (type: number) => scalars + locals.push(type) - 1;
  const get = (index: number) => [...OP.localGet, ...unsigned(index)];
  const set = (index: number) => [...OP.localSet, ...unsigned(index)];
  const number = (value: number) => [...OP.f32Const, ...float32Bytes(value)];
  const offset = newLocal(I32);
  const before: number[] = [];

  const uniforms = new Map<string, number>();
  /** The local that holds a product of scalars in all lanes, computed before the loop. */
  const uniform = (times: readonly number[], over: readonly number[] = []): number => {
    const key = `${[...times].sort()}/${[...over].sort()}`;
    let local = uniforms.get(key);
    if (local === undefined) {
      local = newLocal(V128);
      uniforms.set(key, local);
      const value = (register: number) =>
        register < streams + scalars
          ? get(register - streams)
          : number(constants[register - streams - scalars] as number);
      before.push(...number(1), ...times.flatMap((register) => [...value(register), ...OP.f32Mul]));
      before.push(...over.flatMap((register) => [...value(register), ...OP.f32Div]), ...OP.f32x4Splat, ...set(local));
    }
    return local;
  };

  const plan = simplify(kernel);
  const vectorLocals = new Map<number, number>();
  const localOf = (register: number): number => {
    if (register >= streams && register < uniformEnd) return uniform([register]);
    let local = vectorLocals.get(register);
    if (local === undefined) {
      local = newLocal(V128);
      vectorLocals.set(register, local);
    }
    return local;
  };
  const one = () => uniform([]);

  /** Code for one vector of each stream, `shift` bytes into the block. */
  const vector = (shift: number): number[] => {
    const place = (stream: number) => [4, ...unsigned((addresses[stream] as number) + shift)];
    const code: number[] = [];
    for (let stream = 0; stream < streams; stream++) {
      code.push(...get(offset), ...OP.v128Load, ...place(stream), ...set(localOf(stream)));
    }
    for (const { operation, operands, result } of plan.steps) {
      const [a, b] = operands as [number, number];
      if (operation === "Scale") {
        const { times, over } = plan.scaled.get(result) as Scaled;
        code.push(...get(localOf(a)), ...get(uniform(times, over)), ...OP.f32x4Mul);
      } else if (operation === "Reciprocal") code.push(...get(one()), ...get(localOf(a)), ...OP.f32x4Div);
      else if (UNARY[operation]) code.push(...get(localOf(a)), ...UNARY[operation]);
      else code.push(...get(localOf(a)), ...get(localOf(b)), ...(BINARY[operation] as readonly number[]));
      code.push(...set(localOf(result)));
    }
    for (const [i, { stream }] of stores.entries()) {
      code.push(...get(offset), ...get(localOf(plan.stored[i] as number)), ...OP.v128Store, ...place(stream));
    }
    return code;
  };

  const block = [0, 1, 2, 3].flatMap((i) => vector(i * VECTOR));
  return {
    params: Array.from({ length: scalars }, () => F32),
    locals,
    body: [
      ...before,
      ...OP.loop,
      ...block,
      ...[...get(offset), ...OP.i32Const, ...signed(BLOCK), ...OP.i32Add, ...OP.localTee, ...unsigned(offset)],
      ...[...OP.i32Const, ...signed(bytes), ...OP.i32LtU, ...OP.brIf, 0],
      ...OP.end,
    ],
  };
}

interface Step {
  readonly operation: KernelOperation | "Scale";
  readonly operands: readonly number[];
  readonly result: number;
}

/** Constant factors are combined while their product stays between this and its inverse: it must neither overflow nor vanish. */
const MODERATE = 2 ** 60;

/** The instructions with the factors that are the same for all elements taken out, to be applied where a sum needs them. */
function simplify({ streams, scalars, constants, instructions, stores }: ElementwiseKernel) {
  const uniformEnd = streams + scalars + constants.length;
  const isUniform = (register: number) => register >= streams && register < uniformEnd;
  const values = new Map<number, Scaled>();
  const valueIn = (register: number): Scaled => values.get(register) ?? { register, times: [], over: [] };
  const steps: Step[] = [];
  const scaled = new Map<number, Scaled>();
  const applied = new Map<string, number>();
  let next = uniformEnd + instructions.length;
  /** The register that holds a value with its factors. */
  const plain = (register: number): number => {
    const value = valueIn(register);
    if (value.times.length + value.over.length === 0) return value.register;
    const key = JSON.stringify(value);
    let result = applied.get(key);
    if (result === undefined) {
      result = next++;
      applied.set(key, result);
      scaled.set(result, value);
      steps.push({ operation: "Scale", operands: [value.register], result });
    }
    return result;
  };
  const areModerate = (factors: readonly number[]): boolean => {
    const product = factors.reduce((all, register) => all * (constants[register - streams - scalars] ?? 1), 1);
    return Math.abs(product) < MODERATE && Math.abs(product) > 1 / MODERATE;
  };
  /** A value with one factor more, the former ones applied before where they would not be moderate together. */
  const scaledBy = (register: number, key: "times" | "over", factor: number): Scaled => {
    const value = valueIn(register);
    const factors = [...value[key], factor];
    if (value.times.length + value.over.length === 0 || areModerate(factors)) return { ...value, [key]: factors };
    return { register: plain(register), times: [], over: [], [key]: [factor] };
  };
  for (const [i, { operation, operands }] of instructions.entries()) {
    const register = uniformEnd + i;
    const [a, b] = operands as [number, number];
    if (operation === "Mul" && isUniform(b)) values.set(register, scaledBy(a, "times", b));
    else if (operation === "Mul" && isUniform(a)) values.set(register, scaledBy(b, "times", a));
    else if (operation === "Div" && isUniform(b)) values.set(register, scaledBy(a, "over", b));
    else if (operation === "Div" && !isUniform(a) && areModerate(valueIn(a).times) && areModerate(valueIn(a).over)) {
      const x = valueIn(a);
      steps.push({ operation, operands: [x.register, plain(b)], result: register });
      values.set(register, { ...x, register });
    } else steps.push({ operation, operands: operands.map(plain), result: register });
  }
  return { steps, scaled, stored: stores.map(({ register }) => plain(register)) };
}
