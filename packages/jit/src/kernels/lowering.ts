import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";

/** Choices that change what a kernel is lowered to. */
export interface LoweringOptions {
  /** Take onnxruntime's approximations where they are faster, e.g. its clamped rational Sigmoid. */
  readonly fastMath: boolean;
  /** Take the same nodes for tensors of all sizes. Absent: false, those that are fastest for this size. */
  readonly isForAnySize?: boolean;
}

/** One call of a tfjs kernel, with graph values in place of tensors. */
export interface KernelCall {
  /** The kernel's name in tfjs, e.g. `"Add"`. */
  readonly kernel: string;
  /** Inputs by their tfjs name (`a`, `b`, `x`, ...). Where tfjs passes a list (Concat, Pack, AddN), see {@link list}. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** All inputs in order, with lists flattened. */
  readonly list: readonly Value[];
  /** Attributes as tfjs passes them. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly graph: GraphBuilder;
  readonly options: LoweringOptions;
}

/**
 * Writes one tfjs kernel as ONNX nodes: adds them to `call.graph` and returns the kernel's result, or a list where
 * tfjs expects several. The returned values' shapes and types become those of the tfjs tensors (never int64).
 * May return an input itself (Identity, Reshape to the same shape).
 * @throws UnsupportedKernelError or RangeError where the combination of shapes and attributes has no lowering.
 */
export type Lowering = (call: KernelCall) => Value | readonly Value[];

/** Lowerings by kernel name: each file of this folder exports one, `index.ts` merges them. */
export type LoweringTable = Readonly<Record<string, Lowering>>;
