import type { Graph, Value } from "./graph.js";

/** A variable of the traced function: read through `input`, and where the function assigns it, written from `output`. */
export interface ProgramState {
  /** Name of the tf.Variable. */
  readonly name: string;
  readonly input: Value;
  /** The variable's next value; undefined when the function only reads it. */
  readonly output: Value | undefined;
}

/**
 * A traced function: a graph, and what its inputs and outputs are for.
 * Every graph input is an argument, a state input or a noise input; every graph output is a state output or a result.
 */
export interface Program {
  readonly graph: Graph;
  /** Inputs that the caller passes, in the order of the arguments. */
  readonly arguments: readonly Value[];
  /** Inputs filled by the random generator, in the order of the draws. */
  readonly noise: readonly Value[];
  readonly states: readonly ProgramState[];
  /** Outputs that the caller receives. */
  readonly results: readonly Value[];
}
