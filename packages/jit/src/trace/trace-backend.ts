import * as tf from "@tensorflow/tfjs-core";
import { engine, ownBackend } from "../engine.js";
import { CapturedTensorError, JitError, type TraceRandomnessError } from "../errors.js";
import type { ConstantData, Value } from "../ir/graph.js";
import { captureCallSite } from "./call-site.js";
import { drawnValue, drawOf, type NextWrite } from "./tfjs-draws.js";
import { elementTypeOf, readError, type Trace, type TracedData } from "./trace.js";

export const TRACE_BACKEND = "igr-trace";

type Numbers = Float32Array | Int32Array | Uint8Array;

/** A tfjs backend whose tensors hold values of a graph and whose kernels add nodes to it. */
export class TraceBackend extends tf.KernelBackend {
  readonly #data = new Map<object, TracedData>();
  /** Freed memory of tensors that JavaScript still holds. */
  readonly #freed = new WeakMap<object, TracedData>();
  /** The trace that is being recorded. */
  trace: Trace | undefined;
  /** The taint of Math.random for the next tensor; see random-guard.ts. */
  nextWrite: NextWrite | undefined;
  /** Receives conditions that are read, and assumes that they hold; see category-encoding.ts. */
  assume: ((condition: Value) => void) | undefined;
  /**
   * The input that a number stands for when a tensor is made of it, if it is an optimizer's setting; see
   * optimizer-settings.ts.
   */
  settingFor: ((number: number) => Value | undefined) | undefined;
  /** The same for a number that the function itself drew, which may be in any later tensor. */
  drawnNumber: TraceRandomnessError | undefined;

  static instance(): TraceBackend {
    return ownBackend(TRACE_BACKEND, () => new TraceBackend());
  }

  /** A traced tensor for a value of the graph. */
  tensor(value: Value, origin: string): tf.Tensor {
    return engine().makeTensorFromTensorInfo(this.info(value, origin), this);
  }

  /** The value that a tensor or variable has at this point of the trace. */
  valueFor(tensor: tf.TensorInfo, kernel: string): Value {
    const trace = this.activeTrace(kernel);
    const data = this.#data.get(tensor.dataId);
    if (data === undefined) {
      const freed = this.#freed.get(tensor.dataId);
      return freed ? this.#revived(freed, trace, kernel) : trace.capture(tensor, kernel);
    }
    if (data.unseeded) trace.fail(data.unseeded);
    if (data.trace === trace) {
      if (data.draw) {
        data.value = drawnValue(this, trace, data.draw, data.shape);
        data.constant = undefined;
        data.draw = undefined;
      }
      data.value ??= trace.stateInput(data.variable!);
      return data.value;
    }
    if (data.constant) return trace.builder.constant(data.constant, data.shape, elementTypeOf(data.dtype, kernel));
    throw new CapturedTensorError(
      `jit: ${kernel} reads a tensor of shape [${data.shape}] that an earlier trace left behind (${data.origin}); ` +
        "a compiled function must return what outlives it, or assign it to a tf.variable",
      { kernel, callSite: captureCallSite()() },
    );
  }

  /** A tensor of an earlier trace that JavaScript holds without tf.keep. The values of constants are still known. */
  #revived(data: TracedData, trace: Trace, kernel: string): Value {
    const { shape, constant, origin } = data;
    const isConstant = constant !== undefined && !data.draw && !data.unseeded;
    if (isConstant && data.trace !== trace) {
      return trace.builder.constant(constant, shape, elementTypeOf(data.dtype, kernel));
    }
    const madeAt = data.value && data.trace.builder.sourceOf(data.value)?.callSite;
    const maker = `${origin}${madeAt ? `, made at ${madeAt}` : ""}`;
    const reason =
      data.trace === trace
        ? "has been disposed"
        : "an earlier call made and disposed at its end; keep it with tf.keep, assign it to a tf.variable, or pass it as an argument";
    throw new CapturedTensorError(`jit: ${kernel} reads a tensor of shape [${shape}] (${maker}) that ${reason}`, {
      kernel,
      callSite: captureCallSite()(),
    });
  }

  /** Memory for a variable's value at the start of the trace. */
  variablePlaceholder(variable: tf.Variable): object {
    const { shape, dtype } = variable;
    const dataId = {};
    const origin = `variable ${variable.name}`;
    this.#data.set(dataId, {
      trace: this.activeTrace(origin),
      shape,
      dtype,
      value: undefined,
      variable,
      origin,
      references: 1,
    });
    engine().state.tensorInfo.set(dataId, { backend: this, dtype, shape });
    return dataId;
  }

  /** True for a tensor that `trace` made. */
  isFrom(trace: Trace, tensor: tf.TensorInfo): boolean {
    return this.#data.get(tensor.dataId)?.trace === trace;
  }

  /** The values of a tensor of the active trace, if they are known. */
  constantOf(tensor: tf.TensorInfo): ConstantData | undefined {
    return this.#data.get(tensor.dataId)?.constant;
  }

  /** Accepts numbers from Math.random as constants, for the initial value of a variable. */
  acceptUnseeded(tensor: tf.TensorInfo): void {
    const data = this.#data.get(tensor.dataId);
    if (data) data.draw = undefined;
    if (!data?.unseeded) return;
    if (data.unseeded === this.drawnNumber) this.drawnNumber = undefined;
    data.unseeded = undefined;
  }

  /** Memory with values known in `trace`, which can be read even after the trace. */
  constantData(trace: Trace, constant: ConstantData, { shape, dtype }: tf.Tensor): object {
    const dataId = {};
    this.#data.set(dataId, { trace, shape, dtype, value: undefined, constant, origin: "a constant", references: 1 });
    return dataId;
  }

  /** The error for pending numbers of Math.random. */
  get drawnError(): TraceRandomnessError | undefined {
    const drawn = this.nextWrite ?? this.drawnNumber;
    if (drawn === undefined || drawn === "uniform draw") return undefined;
    return "kind" in drawn ? drawn.error : drawn;
  }

  /** Drops the memory of a placeholder. */
  forget(dataId: object): void {
    this.#data.delete(dataId);
  }

  /** Constant: tfjs' leak check for kernels expects clones to share one id; here they share a value. */
  override numDataIds(): number {
    return 0;
  }

  /** Tensors that outlive traces: kept tensors, and variables whose first call has not run. */
  get liveData(): number {
    return this.#data.size;
  }

  override refCount(dataId: object): number {
    return this.#data.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: object): void {
    const data = this.#data.get(dataId);
    if (data) {
      data.references++;
      return;
    }
    const owner = engine().state.tensorInfo.get(dataId)?.backend;
    // For a tensor that was disposed before its assignment to a variable, tfjs looks for the memory here.
    if (owner !== this) owner?.incRef(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.#data.get(dataId);
    if (!data) return true;
    // The engine never counted the placeholder, so it must not subtract it either.
    if (data.variable) return false;
    data.references--;
    if (data.references > 0 && !force) return false;
    this.#data.delete(dataId);
    this.#freed.set(dataId, data);
    return true;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const trace = this.activeTrace("tf.tensor");
    const elementType = elementTypeOf(dtype, "a new tensor");
    const nextWrite = this.nextWrite ?? this.drawnNumber;
    this.nextWrite = undefined;
    if (nextWrite === "uniform draw") return this.info(trace.draw(trace.rng!, "uniform", shape), "dropout").dataId;
    const setting = shape.length === 0 ? this.settingFor?.((values as Numbers)[0]!) : undefined;
    if (setting) return this.info(setting, "an optimizer's setting").dataId;
    const constant = (values as Numbers).slice();
    const value = trace.constant(constant, shape, elementType, "tf.tensor");
    const dataId = {};
    const data: TracedData = { trace, shape, dtype, value, constant, origin: "a new tensor", references: 1 };
    // Decided at its first use: as the initial value of a variable it stays a constant.
    if (nextWrite && "kind" in nextWrite) data.draw = drawOf(nextWrite, constant);
    if (nextWrite && !data.draw) data.unseeded = "kind" in nextWrite ? nextWrite.error : nextWrite;
    this.#data.set(dataId, data);
    return dataId;
  }

  override move(dataId: object): void {
    throw new JitError(`jit: internal error, data ${String(dataId)} moved into the tracing backend`);
  }

  /** Constants can be read, within the trace and after it. */
  override readSync(dataId: object): tf.BackendValues {
    const data = this.#data.get(dataId);
    if (!data) throw new CapturedTensorError("jit: this tensor was disposed");
    if (data.unseeded && this.trace) this.trace.fail(data.unseeded);
    if (this.assume && data.dtype === "bool" && data.value && this.trace) {
      this.assume(data.value);
      return Uint8Array.of(1);
    }
    if (data.constant && !data.draw) return data.constant.slice() as Numbers;
    const error = readError(data);
    if (this.trace) this.trace.fail(error);
    throw error;
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    try {
      return Promise.resolve(this.readSync(dataId));
    } catch (error) {
      if (!this.trace) return Promise.reject(error);
      // The function cannot wait for the value. The call fails with this error, so there must not be a second,
      // unhandled one.
      this.trace.failure ??= error as Error;
      return new Promise(() => {});
    }
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.#data.clear();
  }

  /** @throws JitError outside a trace. */
  activeTrace(what: string): Trace {
    if (!this.trace) throw new JitError(`jit: ${what} uses the tracing backend outside a trace`);
    return this.trace;
  }

  /** Memory for a value of the graph. */
  info(value: Value, origin: string): tf.TensorInfo {
    const dtype = value.elementType as tf.DataType;
    const shape = [...value.shape];
    const dataId = {};
    const trace = this.activeTrace(origin);
    this.#data.set(dataId, {
      trace,
      shape,
      dtype,
      value,
      get constant() {
        return trace.builder.knownData(value);
      },
      origin,
      references: 1,
    });
    return { dataId, shape, dtype };
  }
}
