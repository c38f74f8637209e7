import { type JittedFunction, jit as multiThreaded } from "../src/jit.js";
import type { JitOptions } from "../src/options.js";
import { provider } from "./provider.js";

/** jit on one thread: tests run in parallel, and waiting threads would only slow each other down. */
export function jit<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: JitOptions = {},
): JittedFunction<Args, Result> {
  // onnxruntime-web has no GPU in Node.
  return multiThreaded(fn, { threads: 1, ...(options.executor === "web" ? {} : { provider }), ...options });
}
