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
