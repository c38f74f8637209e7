import * as tf from "@tensorflow/tfjs-core";
import { JitError } from "../errors.js";
import type { Executor } from "../executors/executor.js";
import { sizeOf } from "../ir/graph.js";
import type { Program } from "../ir/program.js";
import { fuseUpdates } from "../optimizer/fuse-updates.js";
import type { JitOptions } from "../options.js";
import { optimizeGraph } from "../passes/optimize.js";
import type { HostArray } from "../state/host-array.js";
import { withReason } from "../trace/promises.js";
import type { FlatTree, TensorTree } from "../trace/structure.js";
import { type ArgumentType, type TraceResult, traceFunction } from "../trace/trace-function.js";
import { CompiledProgram } from "./compiled-program.js";
import { repeat } from "./loop.js";

/** From this many elements of updated variables on, steps go one by one: measured, where the two ways take the same time. */
const LOOP_LIMIT = 2 ** 17;

/** Traces for the sake of an optimizer's settings from which on there is a warning. */
const MANY_SETTINGS = 5;

/** The arguments of one call. */
export interface CallInputs {
  readonly tree: FlatTree;
  /** Shapes and dtypes of one step. */
  readonly types: readonly ArgumentType[];
  /** Steps that are stacked in `data`; undefined for a call without the axis of steps. */
  readonly rows: number | undefined;
  readonly data: readonly HostArray[];
}

/** A function compiled for arguments of certain shapes and dtypes. */
export class Specialization {
  #trace: TraceResult | undefined;
  /** One step. */
  #single: CompiledProgram | undefined;
  /** As many steps as one call does; compiled when the first full call comes. */
  #loop: CompiledProgram | undefined;
  #tracesThatMadeVariables = 0;
  #tracesForSettings = 0;
  calls = 0;
  milliseconds = 0;
  /** Nodes of the graph before the passes. */
  tracedNodes = 0;

  constructor(
    readonly fn: (...args: never[]) => unknown,
    /** Of the arguments, for `summary()`. */
    readonly types: string,
    readonly executor: Executor,
    readonly options: JitOptions,
    readonly steps: number,
  ) {}

  /** The program of one step, its graph simplified by the passes. */
  get program(): Program | undefined {
    return this.#trace?.program;
  }

  /** The programs that run. */
  get compiled(): readonly CompiledProgram[] {
    return [this.#single, this.#loop].filter((program) => program !== undefined);
  }

  /** Runs one call; the result has the form of the function's. */
  async run(inputs: CallInputs): Promise<unknown> {
    const { rows, data } = inputs;
    if (rows === undefined) return this.#toTensors(await this.#step(inputs, data), undefined);
    // The first call may make variables, and a remainder has fewer steps than the loop: both go step by step.
    if (rows === this.steps && rows > 1 && this.#trace && this.#isCurrent() && this.#prefersLoop()) {
      this.#loop ??= await this.#compile(repeat(this.#trace.program, rows), this.#trace, rows);
      return this.#toTensors(await this.#timed(this.#loop, data), rows);
    }
    const perStep: HostArray[][] = [];
    for (let row = 0; row < rows; row++) {
      const slices = data.map((stack) =>
        stack.subarray((row * stack.length) / rows, ((row + 1) * stack.length) / rows),
      );
      perStep.push(await this.#step(inputs, slices));
    }
    return this.#toTensors(stackRows(perStep), rows);
  }

  async release(): Promise<void> {
    for (const program of this.compiled) await program.release();
    this.#single = undefined;
    this.#loop = undefined;
  }

  async #step(inputs: CallInputs, data: readonly HostArray[]): Promise<HostArray[]> {
    if (!this.#isCurrent()) await this.#retrace(inputs);
    try {
      // For a GPU too: the state lies in the host's memory, and this way only parameters and gradients travel.
      this.#single ??= await this.#compile(fuseUpdates(this.#trace!.program), this.#trace!, 1);
      return await this.#timed(this.#single, data);
    } catch (error) {
      // The variables that this run would have given their numbers start again from their first values.
      this.#trace!.resetCreated();
      throw error;
    }
  }

  /**
   * In a Loop the updates of variables are nodes of the graph again: for many parameters they take longer than what the
   * Loop saves (docs/jit-performance.md).
   */
  #prefersLoop(): boolean {
    const updates = (this.#single?.program ?? fuseUpdates(this.#trace!.program)).hostUpdates ?? [];
    const elements = updates.flatMap(({ states }) => states).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    return elements < LOOP_LIMIT;
  }

  /**
   * False before the first trace, after one that made variables, and when since then a variable was disposed or an
   * optimizer's setting changed.
   */
  #isCurrent(): boolean {
    return (
      this.#trace !== undefined &&
      this.#trace.createdVariables.length === 0 &&
      this.#trace.optimizers.every((optimizer) => optimizer.isCurrent) &&
      this.#trace.variables.every((variable) => !variable.isDisposed)
    );
  }

  async #retrace(inputs: CallInputs): Promise<void> {
    if (this.#trace?.optimizers.some((optimizer) => !optimizer.isCurrent)) this.#countChangedSettings();
    await this.release();
    const trace = await this.#traceOnce(inputs);
    this.tracedNodes = trace.program.graph.nodes.length;
    optimizeGraph(trace.program.graph, { convolutionsAsProducts: this.executor.provider === "cpu" });
    this.#trace = trace;
    this.#tracesThatMadeVariables = trace.createdVariables.length > 0 ? this.#tracesThatMadeVariables + 1 : 0;
    if (this.#tracesThatMadeVariables > 2) {
      const names = trace.createdVariables.map(({ name }) => name).join(", ");
      throw new JitError(
        `jit: the function makes new variables at each call (${names}); make them outside, or dispose them inside`,
      );
    }
  }

  async #traceOnce({ tree, types }: CallInputs): Promise<TraceResult> {
    const { fastMath = false, rng } = this.options;
    try {
      return traceFunction(this.fn as (...args: never[]) => TensorTree, tree, types, { fastMath, rng });
    } catch (error) {
      throw await withReason(error);
    }
  }

  #countChangedSettings(): void {
    this.#tracesForSettings++;
    if (this.#tracesForSettings !== MANY_SETTINGS) return;
    console.warn(
      `jit: the function was compiled anew ${MANY_SETTINGS} times because an optimizer's learning rate changed; for a rate ` +
        "that changes often, keep the optimizer's and scale its update by an argument, as @igr/jit's README shows",
    );
  }

  async #compile(program: Program, { variables, createdVariables, plan }: TraceResult, steps: number) {
    return CompiledProgram.create(
      program,
      { variables, createdVariables, plan, steps },
      this.executor,
      this.options.profile ?? false,
    );
  }

  async #timed(program: CompiledProgram, data: readonly HostArray[]): Promise<HostArray[]> {
    const start = performance.now();
    const results = await program.run(data);
    for (const optimizer of this.#trace!.optimizers) optimizer.count(program.binding.steps);
    this.milliseconds += performance.now() - start;
    this.calls++;
    return results;
  }

  #toTensors(results: readonly HostArray[], rows: number | undefined): unknown {
    const { program, result } = this.#trace!;
    const tensors = results.map((numbers, i) => {
      const { shape, elementType } = program.results[i]!;
      const stacked = rows === undefined ? [...shape] : [rows, ...shape];
      return tf.tensor(numbers, stacked, elementType as tf.DataType);
    });
    return result.rebuild(tensors);
  }
}

/** The results of several steps, stacked. */
function stackRows(perStep: readonly (readonly HostArray[])[]): HostArray[] {
  const first = perStep[0]!;
  return first.map((example, i) => {
    const target = sameKind(example, example.length * perStep.length);
    for (const [row, results] of perStep.entries()) target.set(results[i]!, row * example.length);
    return target;
  });
}

function sameKind(example: HostArray, length: number): HostArray {
  return new (example.constructor as new (length: number) => HostArray)(length);
}
