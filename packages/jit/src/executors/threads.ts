import { checkCount } from "../check-options.js";

/** Default maximum number of threads: the matrices of a training step are too small for more. */
const DEFAULT_LIMIT = 4;

/** The checked option `threads`; by default `available`, at most 4. @throws RangeError, or TypeError unless it is a number. */
export function chooseThreads(threads: number | undefined, available: number): number {
  if (threads === undefined) return Math.max(1, Math.min(available, DEFAULT_LIMIT));
  return checkCount("threads", threads);
}

/** How many threads this process, or this browser, can run at once. */
export function availableThreads(): number {
  if (isNode()) return process.getBuiltinModule("node:os").availableParallelism();
  return navigator.hardwareConcurrency || 1;
}

/** False in a browser, even if a bundler provides a `process`. */
export function isNode(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string";
}
