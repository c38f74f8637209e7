import type { ElementwiseKernel } from "./kernel.js";
import { KernelCode } from "./kernel-code.js";
import { planKernel } from "./kernel-plan.js";
import { F32, type WasmFunction } from "./wasm-writer.js";

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
