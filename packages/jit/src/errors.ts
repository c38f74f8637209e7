/** Where in the program and at which tfjs kernel a compilation failed. */
export interface JitErrorDetails {
  /** Name of the tfjs kernel or op, e.g. `"Multinomial"`. */
  readonly kernel?: string;
  /** `file:line:column` of the first caller outside tfjs and this package. */
  readonly callSite?: string;
  readonly cause?: unknown;
}

/**
 * A function could not be compiled, or its compiled form could not run. `fallback: "eager"` catches {@link TraceError}s
 * only.
 */
export class JitError extends Error {
  override readonly name: string = "JitError";
  readonly kernel: string | undefined;
  readonly callSite: string | undefined;

  constructor(message: string, { kernel, callSite, cause }: JitErrorDetails = {}) {
    super(callSite ? `${message}\n    at ${callSite}` : message, cause === undefined ? undefined : { cause });
    this.kernel = kernel;
    this.callSite = callSite;
  }
}

/** The function does something that a trace cannot record. */
export class TraceError extends JitError {
  override readonly name: string = "TraceError";
}

/** A kernel, or this combination of its shapes, dtypes and attributes, has no lowering to ONNX. */
export class UnsupportedKernelError extends TraceError {
  override readonly name = "UnsupportedKernelError";
}

/** The function reads a tensor's value (`dataSync`, `data`, `arraySync`, ...), which is not known while tracing. */
export class TraceReadError extends TraceError {
  override readonly name = "TraceReadError";
}

/** The function draws random numbers that would be frozen into the graph. */
export class TraceRandomnessError extends TraceError {
  override readonly name = "TraceRandomnessError";
}

/** The function behaves differently when it is traced a second time, so the first graph does not represent it. */
export class TraceDifferenceError extends TraceError {
  override readonly name = "TraceDifferenceError";
}

/** The function uses a tensor that was disposed, or that belongs to another trace. */
export class CapturedTensorError extends TraceError {
  override readonly name = "CapturedTensorError";
}

/** No ONNX runtime is installed, or it lacks a requested feature (a provider, threads). */
export class ExecutorError extends JitError {
  override readonly name = "ExecutorError";
}
