import { KernelCode } from "./kernel-code.js";
import { planKernel } from "./kernel-plan.js";
import { F32, type WasmFunction } from "./wasm-writer.js";

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

/** Bytes of each stream that one round of the loop goes through. */
export const BLOCK = 64;

/**
 * Compiles a kernel to a WebAssembly function of four lanes with the scalars as its parameters. Addresses are part of
 * the code, which spares the loop their arithmetic. Factors that are the same for all elements are multiplied with each other
 * before the loop, so that x / s * c is one multiplication: within two roundings of the operations one by one.
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
