import * as tf from "@tensorflow/tfjs-core";
import { JitError, TraceDifferenceError } from "../errors.js";
import type { Executor } from "../executors/executor.js";
import type { Program } from "../ir/program.js";
import type { JitOptions } from "../options.js";
import { simplifyGraph } from "../passes/simplify.js";
import type { HostArray } from "../state/host-array.js";
import { withReason } from "../trace/promises.js";
import { isAlive, trainableOf } from "../trace/state-owner.js";
import type { FlatTree, TensorTree } from "../trace/structure.js";
import { type ArgumentType, type TraceResult, traceFunction } from "../trace/trace-function.js";
import { fuseUpdates } from "../weight-updates/fuse-updates.js";
import { type Compiled, isRepeatable, prefersLoop, programsOf, release } from "./compiled.js";
import { CompiledProgram } from "./compiled-program.js";
import { KeptState } from "./kept-state.js";
import { LiveSettings } from "./live-settings.js";
import { repeat } from "./loop.js";
import { type Difference, differenceOf, type Recording, recordingOf } from "./recording.js";

/** From this many traces because of changed settings on, there is a warning. */
const MANY_SETTINGS = 5;

/** The arguments of one call. */
export interface CallInputs {
  readonly tree: FlatTree;
  /** Shapes and dtypes of one step. */
  readonly types: readonly ArgumentType[];
  /** Number of steps stacked in `data`; undefined for a call without the axis of steps. */
  readonly rows: number | undefined;
  readonly data: readonly HostArray[];
}

/** A function compiled for arguments of certain shapes and dtypes. */
export class Specialization {
  #current: Compiled | undefined;
  /** For a function with kept state: the compiled programs for all calls except the first ones. */
  #repeated: Compiled | undefined;
  readonly #kept = new KeptState();
  readonly #settings = new LiveSettings();
  #tracesThatMadeVariables = 0;
  #tracesForSettings = 0;
  calls = 0;
  milliseconds = 0;
  /** Number of nodes of the graph before the passes. */
  tracedNodes = 0;

  constructor(
    readonly fn: (...args: never[]) => unknown,
    /** Types of the arguments, for `summary()`. */
    readonly types: string,
    readonly executor: Executor,
    readonly options: JitOptions,
    readonly steps: number,
  ) {}

  /** The program of one step, its graph simplified by the passes. */
  get program(): Program | undefined {
    return this.#current?.trace.program;
  }

  /** The compiled programs. */
  get compiled(): readonly CompiledProgram[] {
    return programsOf(this.#current);
  }

  /** Runs one call; the result has the structure of the function's result. */
  async run(inputs: CallInputs): Promise<unknown> {
    const { rows, data } = inputs;
    if (rows === undefined) return this.#toTensors(await this.#step(inputs, data), undefined);
    // The first call may create variables, and a remainder has fewer steps than the loop: both run step by step.
    if (rows === this.steps && rows > 1 && this.#isCurrent()) await this.#prepare(inputs);
    const current = this.#current;
    if (rows === this.steps && rows > 1 && current && this.#isCurrent() && this.#prefersLoop(current)) {
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
    this.#current &&= { ...this.#current, single: undefined, loop: undefined };
    this.#repeated = undefined;
  }

  async #step(inputs: CallInputs, data: readonly HostArray[]): Promise<HostArray[]> {
    await this.#prepare(inputs);
    const current = this.#current!;
    try {
      current.single ??= await this.#compile(this.#single(current.trace.program), current.trace, 1);
      return await this.#timed(current.single, data);
    } catch (error) {
      // The variables that this run would have initialized start again from their initial values.
      current.trace.resetCreated();
      throw error;
    }
  }

  /**
   * The program of one step. With variables in host memory their updates are done there, also for a GPU: then only
   * parameters and gradients are transferred.
   */
  #single(program: Program): Program {
    return this.executor.device ? program : fuseUpdates(program);
  }

  /** onnxruntime-web 1.30 carries a Loop's state through host memory: for Adam three times the weights, both ways. */
  #prefersLoop(current: Compiled): boolean {
    return this.executor.device === undefined && prefersLoop(current);
  }

  /** Ensures that there is a graph that is equivalent to the function now. */
  async #prepare(inputs: CallInputs): Promise<void> {
    if (!this.#isCurrent() || this.#isCheckDue()) await this.#trace(inputs);
  }

  /**
   * False before the first trace, after a trace that created variables or kept other tensors than the previous one, and
   * if since then a variable was disposed, its flag `trainable` changed, or an optimizer's setting changed that is part
   * of the graph.
   */
  #isCurrent(): boolean {
    const trace = this.#current?.trace;
    return (
      trace !== undefined &&
      trace.createdVariables.length === 0 &&
      trace.kept.length === 0 &&
      this.#kept.isCurrent &&
      trace.optimizers.every((optimizer) => this.#settings.isCurrent(optimizer)) &&
      trace.owners.every((owner, i) => isAlive(owner) && trainableOf(owner) === trace.trainable[i])
    );
  }

  /**
   * True if a graph that would be used again has not been compared with a second trace, or not since a setting changed.
   */
  #isCheckDue(): boolean {
    if (this.options.checkSecondCall === false) return false;
    const { isChecked, trace } = this.#current!;
    return !isChecked || !trace.optimizers.every((optimizer) => this.#settings.isProven(optimizer));
  }

  /**
   * Traces the function. Compiled programs are used again if the graph is the same. If the graph was current, it must
   * be the same.
   */
  async #trace(inputs: CallInputs): Promise<void> {
    const before = this.#current;
    const mustBeSame = before !== undefined && this.#isCurrent();
    for (const optimizer of before?.trace.optimizers ?? []) this.#settings.follow(optimizer);
    const traced = await this.#traceOnce(inputs);
    const recording = recordingOf(traced);
    const { trace, isSettled, isAsBefore } = this.#kept.settle(traced);
    if (isAsBefore && this.#repeated) return this.#adopt(this.#repeated, trace);
    const difference = before && differenceOf(before.recording, recording);
    if (before && !difference && isRepeatable(traced)) return this.#adopt(before, trace);
    const changed = before?.trace.optimizers.filter(({ changedSettings }) => changedSettings.length > 0) ?? [];
    if (mustBeSame && changed.length === 0) {
      traced.resetCreated();
      throw differenceError(difference);
    }
    if (mustBeSame) for (const optimizer of changed) this.#settings.blame(optimizer);
    if (changed.length > 0) this.#countChangedSettings();
    await this.#replace(trace, recording, isSettled);
  }

  /** Uses the compiled programs for a trace with the same graph. */
  async #adopt(compiled: Compiled, trace: TraceResult): Promise<void> {
    if (this.#current !== this.#repeated && this.#current !== compiled) await release(this.#current);
    for (const optimizer of compiled.trace.optimizers) this.#settings.prove(optimizer);
    const { owners, plan, settings } = trace;
    for (const program of programsOf(compiled)) program.rebind({ owners, plan, settings, created: [] });
    const isRepeated = compiled === this.#repeated;
    this.#current = { ...compiled, trace: { ...trace, program: compiled.trace.program }, isChecked: true };
    if (isRepeated) this.#repeated = this.#current;
  }

  /** Prepares a new trace, which is compiled when it runs. */
  async #replace(trace: TraceResult, recording: Recording, isSettled: boolean): Promise<void> {
    if (isSettled) await this.release();
    else if (this.#current !== this.#repeated) await release(this.#current);
    this.tracedNodes = trace.program.graph.nodes.length;
    simplifyGraph(trace.program.graph, { convolutionsAsProducts: this.executor.provider === "cpu" });
    // Kept tensors are settled after two equal traces.
    const isChecked = isSettled && this.#kept.isKnown;
    this.#current = { trace, recording, isChecked };
    if (isChecked) this.#repeated = this.#current;
    this.#countVariables(trace);
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
        // Not all nodes of a loop's body have kernels on a GPU.
        loops: this.executor.provider === "cpu",
        isInput: (optimizer, setting) => this.#settings.isInput(optimizer, setting),
      });
    } catch (error) {
      throw await withReason(error);
    }
  }

  #countChangedSettings(): void {
    this.#tracesForSettings++;
    if (this.#tracesForSettings !== MANY_SETTINGS) return;
    console.warn(
      `jit: the function was compiled anew ${MANY_SETTINGS} times because settings of an optimizer changed; where the function or an ` +
        "optimizer of your own computes with a number that changes often, pass it as an argument, as a tf.scalar",
    );
  }

  async #compile(program: Program, trace: TraceResult, steps: number) {
    const { owners, plan, settings } = trace;
    const created = [...trace.createdVariables, ...trace.kept.map(({ tensor }) => tensor)];
    return CompiledProgram.create(
      program,
      { owners, created, plan, settings, steps },
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

function differenceError(difference: Difference | undefined): TraceDifferenceError {
  const { words = "it keeps other tensors", source } = difference ?? {};
  return new TraceDifferenceError(
    `jit: the function differs between calls: at this call ${words}, but a graph would repeat the previous call; ` +
      "pass the changing value as an argument, or make it a tf.variable",
    { ...source },
  );
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
