import * as tf from "@tensorflow/tfjs-core";
import * as node from "onnxruntime-node";
import { Tensor } from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { CPU_NODES_OPTION, nodesForCpu, ON_CPU } from "../../src/executors/gpu-gaps.js";
import { Graph, type Value } from "../../src/ir/graph.js";
import { GraphBuilder } from "../../src/ir/graph-builder.js";
import { lowerings } from "../../src/kernels/index.js";
import { encodeModel } from "../../src/onnx/encode.js";
import { isGpu, provider } from "../provider.js";

/** Runs kernels on the tfjs cpu backend and, many at a time in one ONNX model, on an onnxruntime; and compares. */

export const RUNTIMES = { "onnxruntime-node": node, "onnxruntime-web": web };
export type Runtime = keyof typeof RUNTIMES;

web.env.wasm.numThreads = 1;

export type DType = "float32" | "int32" | "bool";

export interface Operand {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly number[];
  /** Compiled as a constant of the graph instead of an input. */
  readonly isConstant?: boolean;
}

export type Operands = Readonly<Record<string, Operand>> | readonly Operand[];

export interface Case {
  readonly inputs: Operands;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly fastMath?: boolean;
  /** Replaces the cpu backend's kernel if that is missing or wrong. */
  readonly reference?: (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor | tf.Tensor[];
}

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number>;
}

/** The differences, one line for each failing case; empty if all agree. */
export async function differences(
  kernel: string,
  cases: readonly Case[],
  tolerance: Tolerance,
  runtime: Runtime = "onnxruntime-node",
): Promise<string[]> {
  const expected = cases.map((one) => onCpu(kernel, one));
  const actual = await onOnnx(kernel, cases, runtime);
  return cases.flatMap((one, i) => {
    const reason = compare(actual[i] as Result[] | Error, expected[i] as Result[], tolerance);
    return reason ? [`${reason}\n  case ${i}: ${describeCase(one)}`] : [];
  });
}

function onCpu(kernel: string, { inputs, attrs, reference }: Case): Result[] {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs as Record<string, Operand>).map(([name, { values, shape, dtype }]) => [
        name,
        tf.tensor([...values], [...shape], dtype),
      ]),
    );
    const named = Array.isArray(inputs) ? Object.values(tensors) : tensors;
    const output = reference
      ? reference(tensors)
      : (tf.engine().runKernel(kernel, named as never, structuredClone(attrs ?? {}) as never) as
          | tf.Tensor
          | tf.Tensor[]);
    return [output].flat().map((tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: Array.from(tensor.dataSync() as ArrayLike<number>),
    }));
  });
}

/** Values whose declared type or shape differs from that computed by onnxruntime; a wrong type stops the model. */
export async function misdeclared(kernel: string, cases: readonly Case[]): Promise<string[]> {
  const graph = new GraphBuilder(kernel);
  const feeds: Record<string, Tensor> = {};
  for (const one of cases) lowerCase(kernel, one, graph, feeds);
  const built = graph.finish();
  const values = built.nodes.flatMap(({ outputs }) => outputs);
  if (values.length === 0) return [];
  const all = new Graph(kernel, built.inputs, values, built.initializers, built.nodes);
  const fetched = await run(all, feeds, "onnxruntime-node");
  return values
    .filter(({ name, shape }) => fetched[name]?.dims.join() !== shape.join())
    .map(({ name, shape }) => `${kernel}, ${name}: declared [${shape}], computed [${fetched[name]?.dims}]`);
}

async function onOnnx(kernel: string, cases: readonly Case[], runtime: Runtime): Promise<(Result[] | Error)[]> {
  const whole = await runModel(kernel, cases, runtime).catch((error: Error) => error);
  if (!(whole instanceof Error)) return whole;
  // A model that fails as a whole is run case by case, to find the failing case.
  const alone: (Result[] | Error)[] = [];
  for (const one of cases) {
    const [result] = await runModel(kernel, [one], runtime).catch((error: Error) => [error]);
    alone.push(result as Result[] | Error);
  }
  return alone;
}

/** Adds a case to a graph, its inputs to the feeds. */
function lowerCase(kernel: string, one: Case, graph: GraphBuilder, feeds: Record<string, Tensor>): readonly Value[] {
  const values = Object.entries(one.inputs as Record<string, Operand>).map(([name, operand]): [string, Value] => {
    if (operand.isConstant) return [name, graph.constant(operand.values, operand.shape, operand.dtype)];
    const value = graph.input(operand.dtype, operand.shape);
    feeds[value.name] = toOrt(operand);
    return [name, value];
  });
  const lower = lowerings[kernel];
  if (!lower) throw new Error(`${kernel} has no lowering`);
  const result = lower({
    kernel,
    inputs: Object.fromEntries(values),
    list: values.map(([, value]) => value),
    attrs: one.attrs ?? {},
    graph,
    options: { fastMath: one.fastMath ?? false },
  });
  return [result].flat();
}

async function run(
  graph: Graph,
  feeds: Record<string, Tensor>,
  runtime: Runtime,
): Promise<node.InferenceSession.OnnxValueMapType> {
  const marked = { nodes: nodesForCpu(graph, provider), mark: ON_CPU };
  const session = await RUNTIMES[runtime].InferenceSession.create(encodeModel(graph, { marked }), {
    ...(isGpu ? { executionProviders: [provider, "cpu"], extra: { session: CPU_NODES_OPTION } } : {}),
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

async function runModel(kernel: string, cases: readonly Case[], runtime: Runtime): Promise<(Result[] | Error)[]> {
  const graph = new GraphBuilder(kernel);
  const feeds: Record<string, Tensor> = {};
  const outputs = cases.map((one): Value[] | Error => {
    try {
      return lowerCase(kernel, one, graph, feeds).map((value) => graph.output(value));
    } catch (error) {
      return error as Error;
    }
  });
  const fetched = await run(graph.finish(), feeds, runtime);
  return outputs.map((values) =>
    values instanceof Error
      ? values
      : values.map(({ name, elementType }): Result => {
          const { data, dims } = fetched[name] as Tensor;
          return { shape: dims, dtype: elementType, values: Array.from(data as Float32Array, Number) };
        }),
  );
}

function toOrt({ dtype, shape, values }: Operand): Tensor {
  if (dtype === "float32") return new Tensor(dtype, Float32Array.from(values), shape);
  if (dtype === "int32") return new Tensor(dtype, Int32Array.from(values), shape);
  return new Tensor(dtype, Uint8Array.from(values), shape);
}

function compare(actual: readonly Result[] | Error, expected: readonly Result[], tolerance: Tolerance): string {
  if (actual instanceof Error) return `failed: ${actual.message}`;
  if (actual.length !== expected.length) return `${actual.length} outputs instead of ${expected.length}`;
  for (const [i, { shape, dtype, values }] of actual.entries()) {
    const wanted = expected[i] as Result;
    if (shape.join() !== wanted.shape.join()) return `shape [${shape}] instead of [${wanted.shape}]`;
    if (dtype !== wanted.dtype) return `dtype ${dtype} instead of ${wanted.dtype}`;
    const worst = worstElement(values, wanted.values, dtype === "float32" ? tolerance : { rtol: 0, atol: 0 });
    if (worst >= 0) return `output ${i}, element ${worst}: ${values[worst]} instead of ${wanted.values[worst]}`;
  }
  return "";
}

/** On a GPU the accuracy is the device's, and NaN and infinities are not kept. */
function worstElement(actual: ArrayLike<number>, expected: ArrayLike<number>, { rtol, atol }: Tolerance): number {
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (isGpu && !(Number.isFinite(a) && Number.isFinite(e))) continue;
    const error = Math.abs(a - e);
    const excess = Number.isFinite(error) ? error - (atol + rtol * Math.abs(e)) : Number.POSITIVE_INFINITY;
    if (excess > worstExcess) {
      worst = i;
      worstExcess = excess;
    }
  }
  return worst;
}

function describeCase({ inputs, attrs, fastMath }: Case): string {
  const operands = Object.entries(inputs as Record<string, Operand>).map(
    ([name, { shape, dtype, values, isConstant }]) => {
      const shown = values.length > 24 ? `${values.slice(0, 24).join(" ")} ...` : values.join(" ");
      return `${name}: ${isConstant ? "constant " : ""}${dtype}[${shape}] = ${shown}`;
    },
  );
  return [...operands, JSON.stringify(attrs ?? {}), fastMath ? "fastMath" : ""].join("; ");
}
