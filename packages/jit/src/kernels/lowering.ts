import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";

/** Options that change the lowering of a kernel. */
export interface LoweringOptions {
  /** Use onnxruntime's approximations if they are faster, e.g. its clamped rational Sigmoid. */
  readonly fastMath: boolean;
  /** Use the same nodes for tensors of all sizes; false by default: the fastest nodes for each size. */
  readonly isForAnySize?: boolean;
}

/** One call of a tfjs kernel, with graph values in place of tensors. */
export interface KernelCall {
  /** The kernel's name in tfjs, e.g. `"Add"`. */
  readonly kernel: string;
  /**
   * Inputs by their tfjs name (`a`, `b`, `x`, ...). For kernels with a list of inputs (Concat, Pack, AddN) see {@link
   * list}.
   */
  readonly inputs: Readonly<Record<string, Value>>;
  /** All inputs in order, with lists flattened. */
  readonly list: readonly Value[];
  /** Attributes as tfjs passes them. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly graph: GraphBuilder;
  readonly options: LoweringOptions;
}

/**
 * Lowers one tfjs kernel: adds ONNX nodes to `call.graph` and returns the kernel's result, or a list if tfjs expects
 * several. The returned values' shapes and types become those of the tfjs tensors (never int64).
 * May return an input itself (Identity, Reshape to the same shape).
 * @throws UnsupportedKernelError or RangeError if the combination of shapes and attributes has no lowering.
 */
export type Lowering = (call: KernelCall) => Value | readonly Value[];

/** Lowerings by kernel name: each file of this folder exports one, `index.ts` merges them. */
export type LoweringTable = Readonly<Record<string, Lowering>>;
