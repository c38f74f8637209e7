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
import { isAlive } from "../trace/state-owner.js";
import type { FlatTree, TensorTree } from "../trace/structure.js";
import { type ArgumentType, type TraceResult, traceFunction } from "../trace/trace-function.js";
import { CompiledProgram } from "./compiled-program.js";
import { KeptState } from "./kept-state.js";
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

/** A trace and the programs that were compiled of it. */
interface Compiled {
  readonly trace: TraceResult;
  /** One step. */
  single?: CompiledProgram;
  /** As many steps as one call does; compiled when the first full call comes. */
  loop?: CompiledProgram;
}

/** A function compiled for arguments of certain shapes and dtypes. */
export class Specialization {
  #current: Compiled | undefined;
  /** Where the function keeps state: what is compiled for all calls but those that begin it. */
  #repeated: Compiled | undefined;
  readonly #kept = new KeptState();
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
    return this.#current?.trace.program;
  }

  /** The programs that run. */
  get compiled(): readonly CompiledProgram[] {
    return programsOf(this.#current);
  }

  /** Runs one call; the result has the form of the function's. */
  async run(inputs: CallInputs): Promise<unknown> {
    const { rows, data } = inputs;
    if (rows === undefined) return this.#toTensors(await this.#step(inputs, data), undefined);
    // The first call may make variables, and a remainder has fewer steps than the loop: both go step by step.
    const current = this.#current;
    if (rows === this.steps && rows > 1 && current && this.#isCurrent() && prefersLoop(current)) {
      current.loop ??= await this.#compile(repeat(current.trace.program, rows), current.trace, rows);
      return this.#toTensors(await this.#timed(current.loop, data), rows);
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
    await release(this.#current, this.#repeated);
    this.#current &&= { trace: this.#current.trace };
    this.#repeated = undefined;
  }

  async #step(inputs: CallInputs, data: readonly HostArray[]): Promise<HostArray[]> {
    if (!this.#isCurrent()) await this.#retrace(inputs);
    const current = this.#current!;
    try {
      // For a GPU too: the state lies in the host's memory, and this way only parameters and gradients travel.
      current.single ??= await this.#compile(fuseUpdates(current.trace.program), current.trace, 1);
      return await this.#timed(current.single, data);
    } catch (error) {
      // The variables that this run would have given their numbers start again from their first values.
      current.trace.resetCreated();
      throw error;
    }
  }

  /**
   * False before the first trace, after one that made variables or kept other tensors than the one before, and when since then
   * a variable was disposed, or an optimizer's setting changed.
   */
  #isCurrent(): boolean {
    const trace = this.#current?.trace;
    return (
      trace !== undefined &&
      trace.createdVariables.length === 0 &&
      trace.kept.length === 0 &&
      this.#kept.isCurrent &&
      trace.optimizers.every((optimizer) => optimizer.isCurrent) &&
      trace.owners.every(isAlive)
    );
  }

  async #retrace(inputs: CallInputs): Promise<void> {
    const { trace: last } = this.#current ?? {};
    if (last?.optimizers.some((optimizer) => !optimizer.isCurrent)) this.#countChangedSettings();
    const { trace, isSettled, isAsBefore } = this.#kept.settle(await this.#traceOnce(inputs));
    if (isAsBefore && this.#repeated) {
      await this.#repeat(trace, this.#repeated);
      return;
    }
    if (isSettled) await this.release();
    else if (this.#current !== this.#repeated) await release(this.#current);
    this.tracedNodes = trace.program.graph.nodes.length;
    optimizeGraph(trace.program.graph, { convolutionsAsProducts: this.executor.provider === "cpu" });
    this.#current = { trace };
    if (isSettled && this.#kept.isKnown) this.#repeated = this.#current;
    this.#countVariables(trace);
  }

  /** Uses what is compiled already for a trace that has the same graph. */
  async #repeat(trace: TraceResult, { trace: { program }, single, loop }: Compiled): Promise<void> {
    if (this.#current !== this.#repeated) await release(this.#current);
    const { owners, plan } = trace;
    for (const compiled of [single, loop]) compiled?.rebind({ owners, plan, created: [] });
    this.#current = { trace: { ...trace, program }, ...(single && { single }), ...(loop && { loop }) };
    this.#repeated = this.#current;
  }

  #countVariables({ createdVariables }: TraceResult): void {
    this.#tracesThatMadeVariables = createdVariables.length > 0 ? this.#tracesThatMadeVariables + 1 : 0;
    if (this.#tracesThatMadeVariables <= 2) return;
    const names = createdVariables.map(({ name }) => name).join(", ");
    throw new JitError(
      `jit: the function makes new variables at each call (${names}); make them outside, or dispose them inside`,
    );
  }

  async #traceOnce({ tree, types }: CallInputs): Promise<TraceResult> {
    const { fastMath = false, rng } = this.options;
    try {
      return traceFunction(this.fn as (...args: never[]) => TensorTree, tree, types, {
        fastMath,
        rng,
        adoptsKept: this.#kept.isKnown,
      });
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

  async #compile(program: Program, { owners, createdVariables, kept, plan }: TraceResult, steps: number) {
    const created = [...createdVariables, ...kept.map(({ tensor }) => tensor)];
    return CompiledProgram.create(
      program,
      { owners, created, plan, steps },
      this.executor,
      this.options.profile ?? false,
    );
  }

  async #timed(program: CompiledProgram, data: readonly HostArray[]): Promise<HostArray[]> {
    const start = performance.now();
    const results = await program.run(data);
    for (const optimizer of this.#current!.trace.optimizers) optimizer.count(program.steps);
    this.milliseconds += performance.now() - start;
    this.calls++;
    return results;
  }

  #toTensors(results: readonly HostArray[], rows: number | undefined): unknown {
    const { program, result } = this.#current!.trace;
    const tensors = results.map((numbers, i) => {
      const { shape, elementType } = program.results[i]!;
      const stacked = rows === undefined ? [...shape] : [rows, ...shape];
      return tf.tensor(numbers, stacked, elementType as tf.DataType);
    });
    return result.rebuild(tensors);
  }
}

function programsOf(compiled: Compiled | undefined): CompiledProgram[] {
  return [compiled?.single, compiled?.loop].filter((program) => program !== undefined);
}

async function release(...all: readonly (Compiled | undefined)[]): Promise<void> {
  for (const program of new Set(all.flatMap(programsOf))) await program.release();
}

/**
 * In a Loop the updates of variables are nodes of the graph again: for many parameters they take longer than what the
 * Loop saves (docs/jit-performance.md).
 */
function prefersLoop({ trace, single }: Compiled): boolean {
  const updates = (single?.program ?? fuseUpdates(trace.program)).hostUpdates ?? [];
  const elements = updates.flatMap(({ states }) => states).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return elements < LOOP_LIMIT;
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
