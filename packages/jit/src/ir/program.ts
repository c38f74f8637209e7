import type { Graph, Value } from "./graph.js";

/** A variable of the traced function: read through `input`, and written from `output` if the function assigns it. */
export interface ProgramState {
  /** Name of the tf.Variable. */
  readonly name: string;
  /** If the function only assigns the variable, nothing reads this input. */
  readonly input: Value;
  /** The variable's next value; undefined when the graph does not compute it. */
  readonly output: Value | undefined;
}

/**
 * A traced function: a graph, and the roles of its inputs and outputs.
 * Every graph input is an argument, a state input, a setting or a noise input; every graph output is a state output, the first
 * value of a variable that the function creates, a result, or a value that a {@link HostUpdate} reads.
 */
export interface Program {
  readonly graph: Graph;
  /** Inputs that the caller passes, in the order of the arguments. */
  readonly arguments: readonly Value[];
  /** Inputs filled by the random generator, in the order of the draws. */
  readonly noise: readonly Value[];
  /** Scalar inputs: settings of optimizers, which are read at each run. */
  readonly settings: readonly Value[];
  readonly states: readonly ProgramState[];
  /** Outputs: initial values of the variables that the function creates. A program with such outputs runs once. */
  readonly created: readonly Value[];
  /** Outputs that the caller receives. */
  readonly results: readonly Value[];
  /** Updates of the state outside the graph, after each run. Absent in a new trace; a pass adds them. */
  readonly hostUpdates?: readonly HostUpdate[];
}

/** Changes variables in place after each run of the graph, e.g. an optimizer's step from the graph's gradients. */
export interface HostUpdate {
  /** Description for `summary()`. */
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

/** Memory of a {@link HostUpdate}. The variables are stored in `states` while the compiled program is in use. */
export interface BoundHostUpdate {
  /** One array for each of the update's states: the graph reads them, `run` changes them. */
  readonly states: readonly (Float32Array | Int32Array)[];
  /** One array for each of `reads`: the graph writes them. */
  readonly reads: readonly (Float32Array | Int32Array)[];
  run(): void;
  release(): void;
}
