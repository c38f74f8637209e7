import { KernelCode } from "./kernel-code.js";
import { planKernel } from "./kernel-plan.js";
import { F32, type WasmFunction } from "./wasm-writer.js";

/** Operations of a kernel, in float32 with IEEE 754 rounding after each one. */
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
  /** Numbers that are the same for all elements and may change between runs. */
  readonly scalars: number;
  readonly constants: readonly number[];
  readonly instructions: readonly Instruction[];
  /** Registers written to streams once all instructions of an element are done. */
  readonly stores: readonly { readonly stream: number; readonly register: number }[];
}

/** The location of a kernel's streams: byte addresses and sizes, both multiples of {@link BLOCK}. */
export interface StreamPlaces {
  readonly addresses: readonly number[];
  readonly bytes: number;
}

/** Bytes of each stream that one iteration of the loop processes. */
export const BLOCK = 64;

/**
 * Compiles a kernel to a WebAssembly function of four lanes with the scalars as its parameters. Addresses are constants
 * of the code, which avoids address arithmetic in the loop. Factors that are the same for all elements are combined
 * before the loop, so x / s * c is one multiplication; the result is within two roundings of the separate operations.
 */
export function compileKernel(kernel: ElementwiseKernel, { addresses, bytes }: StreamPlaces): WasmFunction {
  const code = new KernelCode(kernel, planKernel(kernel), addresses);
  const block = code.block(BLOCK);
  return {
    params: Array.from({ length: kernel.scalars }, () => F32),
    locals: code.locals,
    body: [...code.beforeLoop, ...code.loop(block, BLOCK, bytes)],
  };
}
