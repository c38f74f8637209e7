import { type JittedFunction, jit as multiThreaded } from "../src/jit.js";
import type { JitOptions } from "../src/options.js";

/** jit on one thread: tests run beside each other, where waiting threads would only take each other's time. */
export function jit<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: JitOptions = {},
): JittedFunction<Args, Result> {
  return multiThreaded(fn, { threads: 1, ...options });
}
