export {
  CapturedTensorError,
  ExecutorError,
  JitError,
  type JitErrorDetails,
  TraceDifferenceError,
  TraceError,
  TraceRandomnessError,
  TraceReadError,
  UnsupportedKernelError,
} from "./errors.js";
export type { ExecutorName, Provider } from "./executors/executor.js";
export { hasExecutor } from "./executors/select.js";
export { type JittedFunction, jit } from "./jit.js";
export { JitModel, type JitModelOptions, jitModel } from "./layers/jit-model.js";
export { type ExportOnnxOptions, exportOnnx } from "./onnx/export-onnx.js";
export type { JitOptions } from "./options.js";
export type { DrawKind, DrawListener, RandomSource } from "./trace/random-source.js";
export { DRAW_LISTENER } from "./trace/random-source.js";
