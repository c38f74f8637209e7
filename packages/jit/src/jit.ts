import { checkCount, notAllowed } from "./check-options.js";
import { JitError, TraceError } from "./errors.js";
import type { Executor } from "./executors/executor.js";
import { selectExecutor } from "./executors/select.js";
import { encodeModel } from "./onnx/encode.js";
import { checkOptionNames, type JitOptions } from "./options.js";
import { runAsync, runEagerly } from "./runtime/eager.js";
import { type CallInputs, Specialization } from "./runtime/specialization.js";
import { summarize } from "./runtime/summary.js";
import { toHostArray } from "./state/host-array.js";
import { enqueue } from "./state/queue.js";
import { PromisedResultError } from "./trace/promises.js";
import { isRandomSource } from "./trace/random-source.js";
import { flatten } from "./trace/structure.js";
import { refuseInsideTrace } from "./trace/trace-function.js";

/** A function that runs compiled. Calls run one after the other, in the order in which they were made. */
export interface JittedFunction<Args extends readonly unknown[], Result> {
  /**
   * Runs the function. It is traced at the first call with these shapes and dtypes, and again if a call created
   * variables (a layer's weights) or an optimizer's settings changed (such as its learning rate).
   * The promise rejects with a TraceError if the function cannot be traced, and with a TypeError for arguments that are
   * not tensors.
   */
  (...args: Args): Promise<Result>;
  /**
   * The graph of the latest call as a serialized ONNX model: inputs `argument_0`, ..., `state:<variable>`, `noise_0`, ...;
   * the model's metadata describes the outputs.
   * @throws JitError before the first call.
   */
  toOnnx(): Uint8Array;
  /** A table of the compiled graphs: nodes by type, calls and time; by tfjs kernel with the option `profile`. */
  summary(): string;
  /** Frees sessions and buffers after all pending calls. The variables keep their values. */
  dispose(): Promise<void>;
  [Symbol.dispose](): void;
}

/**
 * Compiles a function of tensors: it runs as one ONNX graph instead of op by op.
 *
 * - Arguments and results are tensors, or arrays and plain objects of them. Results belong to the caller.
 * - tf.Variables are read at each call; assigned variables have their new values after it.
 *   `variable.dataSync()`, saving and eager ops see them at any time between calls.
 * - Other tensors from outside, numbers, conditions and labels of forks are frozen into the graph at the first call. An
 *   optimizer's learning rate is read at each call, and its `iterations` count as in eager steps.
 * - Gradients are tfjs' own: `optimizer.minimize(...)`, `tf.grads` and `tf.customGrad` work inside. The compiled
 *   function itself has no gradient.
 *
 * @example
 * ```ts
 * const w = tf.variable(tf.zeros([2, 1]));
 * const optimizer = tf.train.adam(0.1);
 * const step = jit((x: tf.Tensor2D, y: tf.Tensor2D) =>
 *   optimizer.minimize(() => tf.losses.meanSquaredError(y, tf.matMul(x, w)), true),
 * );
 * await step(tf.tensor2d([[1, 0]]), tf.tensor2d([[2]])); // 4, the loss
 * w.dataSync(); // [0.1, 0]
 * ```
 * @throws TypeError or RangeError for options outside their range.
 */
export function jit<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: JitOptions = {},
): JittedFunction<Args, Result> {
  const jitted = new Jitted(fn as (...args: never[]) => unknown, options);
  return Object.assign((...args: Args) => jitted.call(args) as Promise<Result>, {
    toOnnx: () => jitted.toOnnx(),
    summary: () => jitted.summary(),
    dispose: () => jitted.dispose(),
    [Symbol.dispose]: () => void jitted.dispose(),
  });
}

/** Default of the option maxPrograms. A program takes some megabytes. */
const MOST_PROGRAMS = 64;

class Jitted {
  readonly #specializations = new Map<string, Specialization>();
  #executor: Promise<Executor> | undefined;
  #latest: Specialization | undefined;
  /** The option `fallback` changes it permanently. */
  #mode: "compiled" | "eager" | "async" = "compiled";
  #lastAsync: Promise<unknown> = Promise.resolve();
  #isDisposed = false;
  readonly #steps: number;
  readonly #maxPrograms: number;
  #hasWarned = false;

  constructor(
    readonly fn: (...args: never[]) => unknown,
    readonly options: JitOptions,
  ) {
    if (typeof fn !== "function") throw new TypeError(`jit: expected a function, got ${typeof fn}`);
    checkOptionNames(options);
    const { stepsPerCall = 1, fallback, rng, maxPrograms = MOST_PROGRAMS } = options;
    if (fallback !== undefined && fallback !== "eager") {
      throw notAllowed("fallback", fallback, '"eager" or absent', "string");
    }
    if (rng !== undefined && !isRandomSource(rng)) {
      throw new TypeError(
        `jit: rng must be a generator with fork, fill, state and root, such as createRng(seed) of @igr/core, got ${typeof rng}`,
      );
    }
    this.#steps = checkCount("stepsPerCall", stepsPerCall);
    this.#maxPrograms = checkCount("maxPrograms", maxPrograms);
  }

  call(args: readonly unknown[]): Promise<unknown> {
    try {
      refuseInsideTrace();
    } catch {
      // The trace fails, and so does the call that it belongs to: there must not be a second, unhandled rejection.
      return new Promise(() => {});
    }
    return this.#call(args);
  }

  async #call(args: readonly unknown[]): Promise<unknown> {
    if (this.#isDisposed) throw new JitError("jit: the compiled function was disposed");
    const tree = flatten(args, "argument");
    const disposed = tree.tensors.findIndex(({ isDisposed }) => isDisposed);
    if (disposed >= 0) throw new JitError(`jit: argument ${disposed} was disposed before the call`);
    const stacked = tree.tensors.map(({ shape, dtype }) => ({ shape, dtype }));
    const rows = this.#steps === 1 ? undefined : this.#checkRows(stacked);
    const types = rows === undefined ? stacked : stacked.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }));
    // Read now: the caller may dispose the arguments, or write to the variables, before the call runs.
    const reads = Promise.all(tree.tensors.map(async (tensor) => toHostArray(await tensor.data(), tensor.dtype)));
    const inputs = reads.then((data): CallInputs => ({ tree, types, rows, data }));
    // Nobody awaits it until the call runs: a failure must reject the call, not end the process.
    inputs.catch(() => {});
    const outcome = await enqueue(async () => this.#run(await inputs));
    return "result" in outcome ? outcome.result : this.#enqueueAsync(outcome.inputs);
  }

  /**
   * The result of a call, or its arguments if it has to run outside the queue because it may await calls of compiled
   * functions.
   */
  async #run(inputs: CallInputs): Promise<{ readonly result: unknown } | { readonly inputs: CallInputs }> {
    if (this.#mode === "compiled") {
      const types = inputs.types.map(({ shape, dtype }) => `${dtype}[${shape}]`).join();
      const key = `${inputs.tree.key} ${types}`;
      let specialization = this.#specializations.get(key);
      if (!specialization) {
        this.#executor ??= selectExecutor({ ...this.options, executor: this.options.executor ?? "auto" });
        specialization = new Specialization(this.fn, types, await this.#executor, this.options, this.#steps);
        await this.#makeRoom();
      }
      // Keeps the map in order of use.
      this.#specializations.delete(key);
      this.#specializations.set(key, specialization);
      try {
        const result = await specialization.run(inputs);
        this.#latest = specialization;
        return { result };
      } catch (error) {
        if (this.options.fallback !== "eager" || !(error instanceof TraceError)) throw error;
        console.warn(`${error.message}\njit: running the function op by op from now on`);
        this.#mode = error instanceof PromisedResultError ? "async" : "eager";
      }
    }
    return this.#mode === "async" ? { inputs } : { result: runEagerly(this.fn, inputs) };
  }

  /** Frees the least recently used program if there are too many. */
  async #makeRoom(): Promise<void> {
    if (this.#specializations.size < this.#maxPrograms) return;
    const [key, oldest] = this.#specializations.entries().next().value!;
    this.#specializations.delete(key);
    await oldest.release();
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn(
      `jit: the function was compiled for more than ${this.#maxPrograms} combinations of shapes; the least recently used program was ` +
        "freed, and is compiled anew when it is needed. Pad the arguments to fewer shapes, or set the option maxPrograms",
    );
  }

  /** Runs an asynchronous function after its previous calls. */
  #enqueueAsync(inputs: CallInputs): Promise<unknown> {
    const result = this.#lastAsync.then(() => runAsync(this.fn, inputs));
    this.#lastAsync = result.catch(() => {});
    return result;
  }

  #checkRows(types: readonly { readonly shape: readonly number[] }[]): number {
    const rows = types[0]?.shape[0];
    const allowed = rows !== undefined && rows >= 1 && rows <= this.#steps;
    if (types.length === 0) return this.#steps;
    if (!allowed || types.some(({ shape }) => shape[0] !== rows)) {
      throw new RangeError(
        `jit: with stepsPerCall ${this.#steps}, all arguments need the same first axis of 1 ... ${this.#steps} steps, ` +
          `got the shapes ${types.map(({ shape }) => `[${shape}]`).join(", ")}`,
      );
    }
    return rows;
  }

  toOnnx(): Uint8Array {
    const program = this.#latest?.program;
    if (!program) throw new JitError("jit: toOnnx needs a compiled graph; call the function first");
    const { states, results } = program;
    return encodeModel(program.graph, {
      metadata: {
        results: JSON.stringify(results.map(({ name }) => name)),
        variables: JSON.stringify(
          states.map(({ name, input, output }) => ({ name, input: input.name, output: output?.name ?? null })),
        ),
      },
    });
  }

  summary(): string {
    if (this.#mode !== "compiled") return "jit: the function runs op by op (fallback)";
    return summarize([...this.#specializations.values()]);
  }

  dispose(): Promise<void> {
    if (this.#isDisposed) return Promise.resolve();
    this.#isDisposed = true;
    return enqueue(async () => {
      for (const specialization of this.#specializations.values()) await specialization.release();
      this.#specializations.clear();
    });
  }
}
