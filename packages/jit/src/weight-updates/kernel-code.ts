import type { ElementwiseKernel, KernelOperation } from "./kernel.js";
import type { KernelPlan, Step } from "./kernel-plan.js";
import { float32Bytes, I32, OP, signed, unsigned, V128 } from "./wasm-writer.js";

/** Bytes of four lanes. */
const VECTOR = 16;

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

/** The code of a kernel; locals are assigned to registers on demand. */
export class KernelCode {
  /** Types of the locals after the parameters. */
  readonly locals: number[] = [];
  /** Computes the products of scalars that the loop reads. */
  readonly beforeLoop: number[] = [];
  /** Position in the streams, in bytes. */
  readonly #offset: number;
  readonly #vectors = new Map<number, number>();
  readonly #uniforms = new Map<string, number>();

  constructor(
    readonly kernel: ElementwiseKernel,
    readonly plan: KernelPlan,
    readonly addresses: readonly number[],
  ) {
    this.#offset = this.#newLocal(I32);
  }

  /** Code for `bytes` of each stream. */
  block(bytes: number): number[] {
    const code: number[] = [];
    for (let shift = 0; shift < bytes; shift += VECTOR) code.push(...this.#vector(shift));
    return code;
  }

  /** A loop that repeats `block` and advances by `step` bytes, up to `end`. */
  loop(block: readonly number[], step: number, end: number): number[] {
    const offset = this.#offset;
    return [
      ...OP.loop,
      ...block,
      ...[...get(offset), ...OP.i32Const, ...signed(step), ...OP.i32Add, ...OP.localTee, ...unsigned(offset)],
      ...[...OP.i32Const, ...signed(end), ...OP.i32LtU, ...OP.brIf, 0],
      ...OP.end,
    ];
  }

  /** Code for one vector of each stream, `shift` bytes into the block. */
  #vector(shift: number): number[] {
    const place = (stream: number) => [4, ...unsigned(this.addresses[stream]! + shift)];
    const code: number[] = [];
    for (let stream = 0; stream < this.kernel.streams; stream++) {
      code.push(...get(this.#offset), ...OP.v128Load, ...place(stream), ...set(this.#localOf(stream)));
    }
    for (const step of this.plan.steps) code.push(...this.#step(step));
    for (const [i, { stream }] of this.kernel.stores.entries()) {
      const value = get(this.#localOf(this.plan.stored[i]!));
      code.push(...get(this.#offset), ...value, ...OP.v128Store, ...place(stream));
    }
    return code;
  }

  #step({ operation, operands, result }: Step): number[] {
    const [a, b] = operands as [number, number];
    const first = () => get(this.#localOf(a));
    const into = () => set(this.#localOf(result));
    if (operation === "Scale") {
      const { times, over } = this.plan.scaled.get(result)!;
      return [...first(), ...get(this.#uniform(times, over)), ...OP.f32x4Mul, ...into()];
    }
    if (operation === "Reciprocal") return [...get(this.#uniform([])), ...first(), ...OP.f32x4Div, ...into()];
    const unary = UNARY[operation];
    if (unary) return [...first(), ...unary, ...into()];
    return [...first(), ...get(this.#localOf(b)), ...BINARY[operation]!, ...into()];
  }

  /** The local that holds a register in four lanes. */
  #localOf(register: number): number {
    if (this.#isUniform(register)) return this.#uniform([register]);
    let local = this.#vectors.get(register);
    if (local === undefined) {
      local = this.#newLocal(V128);
      this.#vectors.set(register, local);
    }
    return local;
  }

  /** The local that holds a product of scalars in all lanes, computed before the loop; 1 without factors. */
  #uniform(times: readonly number[], over: readonly number[] = []): number {
    const key = `${[...times].sort()}/${[...over].sort()}`;
    let local = this.#uniforms.get(key);
    if (local === undefined) {
      local = this.#newLocal(V128);
      this.#uniforms.set(key, local);
      this.beforeLoop.push(
        ...number(1),
        ...times.flatMap((register) => [...this.#scalar(register), ...OP.f32Mul]),
        ...over.flatMap((register) => [...this.#scalar(register), ...OP.f32Div]),
        ...OP.f32x4Splat,
        ...set(local),
      );
    }
    return local;
  }

  /** A scalar, which is a parameter, or a constant. */
  #scalar(register: number): number[] {
    const { streams, scalars, constants } = this.kernel;
    const index = register - streams;
    return index < scalars ? get(index) : number(constants[index - scalars]!);
  }

  #isUniform(register: number): boolean {
    const { streams, scalars, constants } = this.kernel;
    return register >= streams && register < streams + scalars + constants.length;
  }

  #newLocal(type: number): number {
    return this.kernel.scalars + this.locals.push(type) - 1;
  }
}

function get(local: number): number[] {
  return [...OP.localGet, ...unsigned(local)];
}

function set(local: number): number[] {
  return [...OP.localSet, ...unsigned(local)];
}

function number(value: number): number[] {
  return [...OP.f32Const, ...float32Bytes(value)];
}
