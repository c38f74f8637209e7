import * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import { CapturedTensorError, TraceRandomnessError, TraceReadError, UnsupportedKernelError } from "../errors.js";
import { type ConstantData, type ElementType, type Source, sizeOf, type Value } from "../ir/graph.js";
import { GraphBuilder } from "../ir/graph-builder.js";
import type { Lowering, LoweringOptions } from "../kernels/lowering.js";
import { type HostArray, toHostArray } from "../state/host-array.js";
import { currentCell, keptCell, type StateCell, setCell } from "../state/state-backend.js";
import type { AffineDraw, GammaDraw } from "./affine-draw.js";
import { captureCallSite } from "./call-site.js";
import { type DrawKind, DrawPlan, type RandomSource } from "./random-source.js";

/** Memory of a traced tensor: a value of the graph instead of numbers. */
export interface TracedData {
  readonly trace: Trace;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** Absent for a variable that has not been read yet. */
  value: Value | undefined;
  /** The variable, if this is its value at the start of the trace. */
  readonly variable?: tf.Variable;
  /** The values, if known. */
  constant?: ConstantData | undefined;
  /** The values of a random op, which become a draw from the trace's generator when they are used. */
  draw?: AffineDraw | GammaDraw | undefined;
  /** The error for any use of it, if its values come from Math.random. */
  unseeded?: TraceRandomnessError | undefined;
  /** Its origin, for error messages. */
  readonly origin: string;
  references: number;
}

/** The values of tensors from outside, by memory, because such a tensor may be disposed after the trace. */
const readBefore = new WeakMap<object, HostArray>();

/** What a trace records while a function runs: the graph, the state it reads, the draws it makes. */
export class Trace {
  readonly builder = new GraphBuilder();
  readonly plan = new DrawPlan();
  readonly noise: Value[] = [];
  /** State inputs of the variables that the function read. */
  readonly stateInputs = new Map<tf.Variable, Value>();
  /** State inputs of kept tensors that the function reads, in the order of the first reads. */
  readonly keptInputs = new Map<StateCell, Value>();
  /** The first error of a call that could not throw it (an asynchronous read), or that must not be caught. */
  failure: Error | undefined;
  /** By memory, then by shape and dtype: tfjs' reshape and cast make tensors that share memory. */
  readonly #capturedTensors = new Map<object, Map<string, Value>>();
  readonly #forks = new Map<RandomSource, { readonly parent: RandomSource; readonly label: string }>();
  readonly #generatorIndices = new Map<RandomSource, number>();

  constructor(
    readonly options: LoweringOptions,
    readonly rng: RandomSource | undefined,
    /** Makes kept tensors from outside state inputs instead of constants. */
    readonly adoptsKept = false,
  ) {}

  /** Fails the trace even if the function catches the error, because it would continue with other numbers. */
  fail(error: Error): never {
    this.failure ??= error;
    throw error;
  }

  /** Runs a kernel's lowering. */
  runKernel(
    kernel: string,
    lowering: Lowering,
    inputs: Record<string, Value>,
    attrs: Record<string, unknown>,
  ): Value | readonly Value[] {
    const list = Object.values(inputs);
    const source = sourceHere(kernel);
    this.builder.source = source;
    try {
      const results = lowering({ kernel, inputs, list, attrs, graph: this.builder, options: this.options });
      return "elementType" in results ? this.#known(results) : results.map((value) => this.#known(value));
    } catch (error) {
      if (error instanceof UnsupportedKernelError && error.callSite !== undefined) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const shapes = list.map(({ elementType, shape }) => `${elementType}[${shape}]`).join(", ");
      throw new UnsupportedKernelError(
        `jit: cannot compile the kernel ${kernel} for (${shapes}): ${reason}; ` +
          `compute it outside the compiled function, or pass fallback: "eager"`,
        { ...source, cause: error },
      );
    } finally {
      this.builder.source = undefined;
    }
  }

  /** A constant that the function makes, or reads from outside. */
  constant(data: ConstantData, shape: readonly number[], elementType: ElementType, kernel: string): Value {
    const { source } = this.builder;
    this.builder.source = sourceHere(kernel);
    const value = this.builder.constant(data, shape, elementType);
    this.builder.source = source;
    return value;
  }

  /** The value itself; a tensor without elements is a constant, since not all of onnxruntime's kernels can make one. */
  #known(value: Value): Value {
    return sizeOf(value.shape) === 0 ? this.builder.constant([], value.shape, value.elementType) : value;
  }

  /** The graph input for a variable's value at the start of a call. */
  stateInput(variable: tf.Variable): Value {
    let input = this.stateInputs.get(variable);
    if (!input) {
      const { shape, dtype, name } = variable;
      input = this.builder.input(elementTypeOf(dtype, "a variable"), shape, `state:${name}`);
      this.stateInputs.set(variable, input);
    }
    return input;
  }

  /** A tensor from outside the trace becomes a constant, or a state input if a compiled function keeps it. */
  capture(tensor: tf.TensorInfo, kernel: string): Value {
    const cell = tensor instanceof tf.Tensor && !tensor.isDisposed ? this.#keptCell(tensor) : undefined;
    return cell ? this.#keptInput(cell, tensor) : this.#captureConstant(tensor, kernel);
  }

  #keptCell(tensor: tf.Tensor): StateCell | undefined {
    const cell = keptCell(tensor);
    const isCurrent = currentCell(tensor) !== undefined;
    if (isCurrent || !(cell || (this.adoptsKept && tensor.kept))) return cell;
    if (!(tensor.dtype === "float32" || tensor.dtype === "int32" || tensor.dtype === "bool")) return undefined;
    // Read now, because the function may dispose it.
    return setCell(tensor, toHostArray(tensor.dataSync() as HostArray, tensor.dtype).slice());
  }

  #keptInput(cell: StateCell, { shape, dtype }: tf.TensorInfo): Value {
    let input = this.keptInputs.get(cell);
    if (!input) {
      input = this.builder.input(elementTypeOf(dtype, "a kept tensor"), shape, `kept_${this.keptInputs.size}`);
      this.keptInputs.set(cell, input);
    }
    return input;
  }

  #captureConstant(tensor: tf.TensorInfo, kernel: string): Value {
    const form = `${tensor.dtype}[${tensor.shape}]`;
    const known = this.#capturedTensors.get(tensor.dataId);
    const same = known?.get(form);
    if (same) return same;
    const elementType = elementTypeOf(tensor.dtype, `an input of ${kernel}`);
    const data = this.#numbersOf(tensor, kernel);
    const value = this.constant(data, tensor.shape, elementType, kernel);
    this.#capturedTensors.set(tensor.dataId, (known ?? new Map<string, Value>()).set(form, value));
    return value;
  }

  #numbersOf(tensor: tf.TensorInfo, kernel: string): ConstantData {
    const info = engine().state.tensorInfo.get(tensor.dataId);
    const read = readBefore.get(tensor.dataId);
    if (!info && read) return toHostArray(read, tensor.dtype);
    // After an assignment of a disposed tensor, tfjs looks for it on the tracing backend.
    if (!info || info.backend === engine().backend) {
      throw new CapturedTensorError(
        `jit: ${kernel} reads a tensor of shape [${tensor.shape}] that was made outside the compiled function and has been ` +
          "disposed; dispose it only after the first call, or pass it as an argument",
        { kernel, callSite: captureCallSite()() },
      );
    }
    try {
      const data = toHostArray(info.backend.readSync(tensor.dataId) as HostArray, tensor.dtype).slice();
      readBefore.set(tensor.dataId, data);
      return data;
    } catch (error) {
      throw new CapturedTensorError(
        `jit: ${kernel} reads a tensor of shape [${tensor.shape}] that was made outside the compiled function, on a backend ` +
          "that cannot be read synchronously; pass it as an argument, or make it a tf.variable",
        { kernel, callSite: captureCallSite()(), cause: error },
      );
    }
  }

  recordFork(parent: RandomSource, label: string, child: RandomSource): void {
    this.#forks.set(child, { parent, label });
  }

  /** A graph input that is filled with a draw of `rng` at each call. */
  draw(rng: RandomSource, kind: DrawKind, shape: readonly number[]): Value {
    if (this.rng === undefined || rng.root !== this.rng.root) {
      const problem =
        this.rng === undefined
          ? "the compiled function has no generator"
          : "the generator is neither the compiled function's own nor a fork of it";
      this.fail(
        new TraceRandomnessError(
          `jit: rng.${kind}([${shape}]) would be frozen into the graph, since ${problem}; pass the generator as jit's option rng`,
          { kernel: `rng.${kind}`, callSite: captureCallSite()() },
        ),
      );
    }
    const value = this.builder.input("float32", shape, `noise_${this.noise.length}`);
    this.noise.push(value);
    this.plan.draws.push({
      generator: this.#generatorIndex(rng),
      kind,
      size: tf.util.sizeFromShape([...shape]),
      source: sourceHere(`rng.${kind}`),
    });
    return value;
  }

  /** A standard draw, scaled and shifted. */
  affine(standard: Value, { shift, scale }: Omit<AffineDraw, "kind">): Value {
    const { builder } = this;
    const by = (opType: string, x: Value, y: number) => builder.op(opType, [x, builder.scalar(y, "float32")], {}, x);
    const scaled = scale === 1 ? standard : by("Mul", standard, scale);
    return shift === 0 ? scaled : by("Add", scaled, shift);
  }

  #generatorIndex(rng: RandomSource): number {
    let index = this.#generatorIndices.get(rng);
    if (index === undefined) {
      const fork = this.#forks.get(rng);
      const planned = fork ? { parent: this.#generatorIndex(fork.parent), label: fork.label } : { source: rng };
      index = this.plan.generators.push(planned) - 1;
      this.#generatorIndices.set(rng, index);
    }
    return index;
  }
}

/** The kernel and, on request, the current line of the program. */
function sourceHere(kernel: string): Source {
  const site = captureCallSite();
  return {
    kernel,
    get callSite() {
      return site();
    },
  };
}

/** The error for reading a traced tensor's numbers. */
export function readError(data: TracedData): TraceReadError {
  const what = data.variable
    ? `the variable ${data.variable.name}`
    : `a tensor of shape [${data.shape}] (${data.origin})`;
  return new TraceReadError(
    `jit: the function reads the value of ${what}, which is not known while it is traced; return the tensor and read it ` +
      "from the result, replace conditions on values by tf.where, or pass the number as an argument",
    { kernel: data.origin.replace("result of ", ""), callSite: captureCallSite()() },
  );
}

/** The element type for a tfjs dtype. @throws UnsupportedKernelError for complex64 and string. */
export function elementTypeOf(dtype: tf.DataType, what: string): ElementType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new UnsupportedKernelError(
    `jit: ${what} has the dtype ${dtype}; a compiled function can use float32, int32 and bool`,
    { callSite: captureCallSite()() },
  );
}
