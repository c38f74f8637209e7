import type { ExecutorName, Provider } from "./executors/executor.js";
import type { RandomSource } from "./trace/random-source.js";

/** How a function is compiled and run. */
export interface JitOptions {
  /** The ONNX runtime. Absent: `"auto"`, onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly executor?: ExecutorName;
  /** Where the runtime computes. `"cpu"` is WebAssembly in onnxruntime-web. Absent: `"cpu"`. */
  readonly provider?: Provider;
  /**
   * Threads within one operation, an integer >= 1. Absent: as many as the process may use, at most 4. Results are the
   * same bit for bit from run to run at the same number of threads. In a browser more than 1 needs a page that is
   * cross-origin isolated, and the compiled functions of a page share one number.
   */
  readonly threads?: number;
  /**
   * How long an idle thread waits busily for the next operation before it sleeps: microseconds >= 0, `false` for 0, `true`
   * for as long as the runtime thinks fit (a millisecond, and so through the pauses between steps). Longer is faster where
   * the cores are free and far slower where other processes need them; docs/jit-performance.md has the figures. No effect
   * with one thread and in onnxruntime-web. Absent: 50.
   */
  readonly spinning?: boolean | number;
  /**
   * The generator whose draws, and those of its forks, are made afresh at each call. `createRng(seed)` of @igr/core is
   * one. Absent: any draw inside the function is an error.
   */
  readonly rng?: RandomSource;
  /**
   * Steps that one call does, an integer >= 1. Above 1, arguments and results get a new first axis of that length, and
   * the variables go from step to step inside the runtime, unless a step changes 131,072 of their elements or more: then
   * steps one by one are faster. So run those of a call with fewer rows, the remainder of an epoch. The results are the
   * same. Absent: 1, without the new axis.
   */
  readonly stepsPerCall?: number;
  /**
   * Combinations of argument shapes and dtypes whose programs are kept, an integer >= 1. At one more the program used longest ago
   * is freed, with one warning, and is compiled anew when it is needed. Absent: 64.
   */
  readonly maxPrograms?: number;
  /**
   * Trace the function once more before its graph is run a second time, and refuse it where it then does something else: a counter, or a
   * batch that it fetches itself, would be frozen. Costs the time of a trace, without a compilation. Absent: true.
   */
  readonly checkSecondCall?: boolean;
  /** Take the runtime's approximations where they are faster, e.g. a Sigmoid that is 0 below -18, and TensorFloat-32 on CUDA. Absent: false. */
  readonly fastMath?: boolean;
  /** `"eager"`: a function that cannot be traced runs op by op, with one warning. Absent: it is an error. */
  readonly fallback?: "eager";
  /** Measure the time of each node, for `summary()`; on onnxruntime-node only. Slows the runs a little. Absent: false. */
  readonly profile?: boolean;
}
