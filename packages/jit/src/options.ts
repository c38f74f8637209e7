import type { ExecutorName, Provider } from "./executors/executor.js";
import type { RandomSource } from "./trace/random-source.js";

/** How a function is compiled and run. */
export interface JitOptions {
  /** The ONNX runtime; `"auto"` by default: onnxruntime-node if it is installed, otherwise onnxruntime-web. */
  readonly executor?: ExecutorName;
  /** Where the runtime computes. `"cpu"` is WebAssembly in onnxruntime-web. `"cpu"` by default. */
  readonly provider?: Provider;
  /**
   * Threads within one operation, an integer >= 1. By default as many as the process may use, at most 4. Runs with the
   * same number of threads give the same results, bit for bit. In a browser more than 1 needs a page that is
   * cross-origin isolated, and the compiled functions of a page share one number. In Node a program of less than 1.5
   * million multiplications runs on one thread: a second one would slow it down.
   */
  readonly threads?: number;
  /**
   * How long an idle thread spins before it sleeps: microseconds >= 0, `false` for 0, `true` for the runtime's default
   * (a millisecond, so threads spin through the pauses between steps). Longer times are faster if the cores are free,
   * and much slower if other processes need them; docs/jit-performance.md has measurements. No effect with one thread
   * or in onnxruntime-web. 50 by default.
   */
  readonly spinning?: boolean | number;
  /**
   * The generator for draws inside the function. Its draws, and those of its forks, are new at each call. Use
   * `createRng(seed)` of @igr/core. Without it, every draw inside the function is an error.
   */
  readonly rng?: RandomSource;
  /**
   * Steps of one call, an integer >= 1. Above 1, arguments and results have a new first axis of that length, and the
   * variables stay inside the runtime between steps. With variables on a GPU (WebGPU in a browser), or if a step changes
   * 131,072 or more elements of variables, steps run one by one instead, which is faster. Calls with fewer rows, such as
   * the remainder of an epoch, also run step by step. The results are the same. 1 by default, without the new axis.
   */
  readonly stepsPerCall?: number;
  /**
   * Maximum number of programs, one for each combination of argument shapes and dtypes; an integer >= 1. Beyond it the
   * least recently used program is freed, with one warning, and compiled again when it is needed. 64 by default.
   */
  readonly maxPrograms?: number;
  /**
   * Trace the function again before its graph runs a second time, and throw if the traces differ: a counter, or a batch
   * that the function fetches itself, would be frozen. Costs the time of a trace, without a compilation. True by
   * default.
   */
  readonly checkSecondCall?: boolean;
  /**
   * Use faster approximations of the runtime, e.g. a Sigmoid that is 0 below -18, and TensorFloat-32 on CUDA. False by
   * default.
   */
  readonly fastMath?: boolean;
  /** `"eager"`: a function that cannot be traced runs op by op, with one warning. By default it is an error. */
  readonly fallback?: "eager";
  /**
   * Measure the time of each node, for `summary()`; on onnxruntime-node only. Slows runs slightly. False by default.
   */
  readonly profile?: boolean;
}

/** Every option by name: a missing or superfluous name is a type error. */
const NAMES: Readonly<Record<keyof JitOptions, true>> = {
  executor: true,
  provider: true,
  threads: true,
  spinning: true,
  rng: true,
  stepsPerCall: true,
  maxPrograms: true,
  checkSecondCall: true,
  fastMath: true,
  fallback: true,
  profile: true,
};

/** @throws TypeError for an option that does not exist; a misspelled one would be ignored. */
export function checkOptionNames(options: JitOptions): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown === undefined) return;
  throw new TypeError(`jit: options must be among ${Object.keys(NAMES).join(", ")}, got ${JSON.stringify(unknown)}`);
}
