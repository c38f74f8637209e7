import * as tf from "@tensorflow/tfjs-core";
import { JitError } from "../errors.js";
import { Graph, type Initializer, type Node, type Value } from "../ir/graph.js";
import { simplifyGraph } from "../passes/simplify.js";
import { keptError } from "../runtime/kept-state.js";
import { toHostArray } from "../state/host-array.js";
import { enqueue } from "../state/queue.js";
import { withReason } from "../trace/promises.js";
import { holderOf } from "../trace/state-owner.js";
import { flatten, type TensorTree } from "../trace/structure.js";
import { traceFunction } from "../trace/trace-function.js";
import { dynamicGraph } from "./dynamic-batch.js";
import { encodeModel } from "./encode.js";

export interface ExportOnnxOptions {
  /**
   * Names and shapes of the model's inputs, float32, in the order of the function's arguments. `null` is the batch
   * axis, of any size, which is the same for all inputs.
   */
  readonly inputs: Readonly<Record<string, readonly (number | null)[]>>;
  /** Names of the model's outputs, in the order of the tensors in the function's result. */
  readonly outputs: readonly string[];
}

/** Batch sizes of the two traces. Networks must not have axes of these sizes, which would be mistaken for the batch. */
const SIZES = [29, 31] as const;

/**
 * Exports a function of tensors as an ONNX model for inference, for any ONNX runtime. The variables that the function
 * reads become constants. The export itself needs no runtime. If a shape has `null`, the function is traced at two
 * batch sizes, and the model accepts every batch size.
 *
 * @example
 * ```ts
 * const w = tf.variable(tf.ones([3, 2]));
 * const model = await exportOnnx((x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), {
 *   inputs: { x: [null, 3] },
 *   outputs: ["y"],
 * }); // Uint8Array
 * ```
 * @throws TraceError if the function cannot be traced; JitError if it assigns variables, draws random numbers, or
 * depends on the batch size other than by shapes (give a size instead of `null` then).
 */
export async function exportOnnx(
  fn: (...tensors: tf.Tensor[]) => TensorTree,
  { inputs, outputs }: ExportOnnxOptions,
): Promise<Uint8Array> {
  return enqueue(async () => {
    const isDynamic = Object.values(inputs).some((shape) => shape.includes(null));
    const first = await inferenceGraph(fn, inputs, outputs, SIZES[0]);
    if (!isDynamic) return encodeModel(first);
    const found = dynamicGraph(first, await inferenceGraph(fn, inputs, outputs, SIZES[1]), SIZES);
    if (typeof found === "string") {
      throw new JitError(
        `exportOnnx: the function is not the same for every batch size (${found}); give a size instead of null`,
      );
    }
    return encodeModel(found.graph, { batchAxes: found.batchAxes });
  });
}

async function inferenceGraph(
  fn: (...tensors: tf.Tensor[]) => TensorTree,
  inputs: ExportOnnxOptions["inputs"],
  outputs: readonly string[],
  batch: number,
): Promise<Graph> {
  const shapes = Object.values(inputs).map((shape) => shape.map((size) => size ?? batch));
  const examples = shapes.map((shape) => tf.zeros(shape));
  const tree = flatten(examples, "argument");
  const types = shapes.map((shape) => ({ shape, dtype: "float32" as const }));
  // The examples have no values: the trace replaces them by symbols.
  const spread = (tensors: tf.Tensor[]) => fn(...tensors);
  let traced: ReturnType<typeof traceFunction>;
  try {
    traced = traceFunction(
      (...args: never[]) => spread(args as unknown as tf.Tensor[]),
      { ...tree, rebuild: (tensors) => tensors },
      types,
      { fastMath: false, isForAnySize: true, rng: undefined },
    );
  } catch (error) {
    throw await withReason(error);
  } finally {
    tf.dispose(examples);
  }
  const { program, owners, kept } = traced;
  if (kept.length > 0) throw keptError("exportOnnx", kept);
  const assigned = program.states.find(({ output }) => output !== undefined)?.name ?? traced.createdVariables[0]?.name;
  if (assigned !== undefined) throw new JitError(`exportOnnx: the function assigns the variable ${assigned}`);
  if (program.results.length !== outputs.length) {
    throw new RangeError(
      `exportOnnx: the function returns ${program.results.length} tensors, outputs names ${outputs.length}`,
    );
  }
  const frozen = await Promise.all(
    program.states.map(async ({ input }, i): Promise<Initializer> => {
      const holder = holderOf(owners[i]!);
      return { value: input, data: toHostArray(await holder.data(), holder.dtype).slice() };
    }),
  );
  const { graph } = program;
  const all = new Graph("model", program.arguments, program.results, [...graph.initializers, ...frozen], graph.nodes);
  simplifyGraph(all, { convolutionsAsProducts: false });
  const names = new Map<Value, string>([
    ...program.arguments.map((value, i) => [value, Object.keys(inputs)[i]!] as const),
    ...program.results.map((value, i) => [value, outputs[i]!] as const),
  ]);
  return renamed(all, names);
}

/** The graph with renamed values. */
function renamed(graph: Graph, names: ReadonlyMap<Value, string>): Graph {
  const replaced = new Map([...names].map(([value, name]) => [value, { ...value, name }]));
  const of = (value: Value) => replaced.get(value) ?? value;
  const nodes = graph.nodes.map((node): Node => {
    return { ...node, inputs: node.inputs.map((value) => value && of(value)), outputs: node.outputs.map(of) };
  });
  return new Graph(graph.name, graph.inputs.map(of), graph.outputs.map(of), graph.initializers, nodes);
}
