import type { Graph, Value } from "./graph.js";

/** A variable of the traced function: read through `input`, and where the function assigns it, written from `output`. */
export interface ProgramState {
  /** Name of the tf.Variable. */
  readonly name: string;
  /** Nothing reads it where the function only assigns the variable. */
  readonly input: Value;
  /** The variable's next value; undefined when the graph does not compute it. */
  readonly output: Value | undefined;
}

/**
 * A traced function: a graph, and what its inputs and outputs are for.
 * Every graph input is an argument, a state input, a setting or a noise input; every graph output is a state output, the first
 * value of a variable that the function creates, a result, or what a {@link HostUpdate} reads.
 */
export interface Program {
  readonly graph: Graph;
  /** Inputs that the caller passes, in the order of the arguments. */
  readonly arguments: readonly Value[];
  /** Inputs filled by the random generator, in the order of the draws. */
  readonly noise: readonly Value[];
  /** Inputs of one number each: settings of optimizers, which are read at each run. */
  readonly settings: readonly Value[];
  readonly states: readonly ProgramState[];
  /** Outputs: values of the variables that the function makes; a program with such runs once. */
  readonly created: readonly Value[];
  /** Outputs that the caller receives. */
  readonly results: readonly Value[];
  /** Work on the state outside the graph, after each run of it. Absent as traced; a pass adds it. */
  readonly hostUpdates?: readonly HostUpdate[];
}

/** Changes variables in place after each run of the graph, e.g. an optimizer's step from the graph's gradients. */
export interface HostUpdate {
  /** What it does, for `summary()`. */
  readonly name: string;
  /** Inputs (of entries of {@link Program.states}, whose `output` is undefined) of the variables that it changes. */
  readonly states: readonly Value[];
  /** Graph outputs that it reads. */
  readonly reads: readonly Value[];
  /**
   * Allocates its memory. Called once for each compiled program.
   * @param settings The memory of {@link Program.settings}, in which each run finds their numbers.
   */
  bind(settings: ReadonlyMap<Value, Float32Array>): Promise<BoundHostUpdate>;
}

/** Memory of a {@link HostUpdate}. The variables live in `states` as long as the compiled program is used. */
export interface BoundHostUpdate {
  /** One array for each of the update's states: the graph reads them, `run` changes them. */
  readonly states: readonly (Float32Array | Int32Array)[];
  /** One array for each of `reads`: the graph writes them. */
  readonly reads: readonly (Float32Array | Int32Array)[];
  run(): void;
  release(): void;
}
