import type * as tf from "@tensorflow/tfjs-core";
import { TraceError } from "../errors.js";
import { Graph, type Node, sizeOf, type Value } from "../ir/graph.js";
import type { ProgramState } from "../ir/program.js";
import { sameGraph } from "../ir/same-graph.js";
import { allocate } from "../state/host-array.js";
import { keptCell, StateCell, setCell } from "../state/state-backend.js";
import type { KeptTensor } from "../trace/keep-watch.js";
import type { StateOwner } from "../trace/state-owner.js";
import type { TraceResult } from "../trace/trace-function.js";

/**
 * State that a function keeps in JavaScript: `h = tf.keep(tf.add(h, x))`, or the states of a recurrent layer.
 *
 * A trace shows which kept tensors the function reads, and which new ones it keeps, but not which new tensor replaces
 * which old one. The next trace shows that, because it reads the new ones. So the program of a trace runs only once,
 * until two successive traces have the same graph. From then on the last kept tensors stay, and each call gives them
 * their next values.
 */

/** A trace before the passes, for comparison with the next one. */
export interface KeptTrace {
  readonly graph: Graph;
  readonly reads: readonly StateCell[];
  readonly kept: readonly KeptTensor[];
}

/**
 * The tensor that the next call reads in place of one that this call reads: a new tensor, by its index, or another
 * tensor that this call reads, by its position (`b` after `[a, b] = [b, tf.keep(...)]`).
 */
type Successor = { readonly kept: number } | { readonly read: number };

/** For each kept tensor that is read, its replacement. */
type Successors = readonly Successor[];

/** The known kept state of a function, over all its traces for one set of shapes. */
export class KeptState {
  #previous: KeptTrace | undefined;
  #successors: Successors | undefined;
  /** The repeatable trace: later traces with the same graph are equivalent. */
  #settled: KeptTrace | undefined;
  /** Generations of the cells that the latest trace read. */
  #versions: readonly (readonly [StateCell, number])[] = [];
  #restlessTraces = 0;

  /** Whether a repeatable trace was found before; tensors kept by eager code then belong to the state. */
  get isKnown(): boolean {
    return this.#settled !== undefined;
  }

  /** False if another function may have replaced tensors that this one reads. */
  get isCurrent(): boolean {
    return this.#versions.every(([cell, version]) => cell.version === version);
  }

  /**
   * Examines a new trace before the passes. The result says whether its program may be repeated, and with which state;
   * "as before" means that the program of an earlier trace is equivalent.
   * @throws TraceError for a tensor that the function keeps and never uses again.
   */
  settle(trace: TraceResult): {
    readonly trace: TraceResult;
    readonly isSettled: boolean;
    readonly isAsBefore: boolean;
  } {
    const { graph } = trace.program;
    const reads = cellsOf(trace.owners);
    const previous = this.#previous;
    this.#previous = undefined;
    if (previous) releaseUnused(previous, reads);
    const next: KeptTrace = {
      graph: new Graph(graph.name, graph.inputs, graph.outputs, graph.initializers, graph.nodes),
      reads,
      kept: trace.kept,
    };
    const isAsBefore = this.#settled !== undefined && sameGraph(this.#settled.graph, graph);
    if (!isAsBefore && previous) this.#successors = successorsOf(previous, next);
    const isSettled = trace.kept.length === 0 || isAsBefore || (previous && this.#successors) !== undefined;
    this.#versions = reads.map((cell) => [cell, cell.version]);
    if (!isSettled) {
      this.#restlessTraces++;
      if (this.#restlessTraces > MOST_RESTLESS_TRACES) throw keptError("the compiled function", trace.kept);
      // Other functions have to check where their tensors are now.
      for (const cell of reads) cell.version++;
      this.#previous = next;
      return { trace, isSettled, isAsBefore };
    }
    this.#restlessTraces = 0;
    if (trace.kept.length === 0) return { trace, isSettled, isAsBefore: false };
    this.#settled = next;
    return { trace: carried(trace, this.#successors!), isSettled, isAsBefore };
  }
}

/** A function becomes repeatable at its second or third trace; its first calls may differ from the later ones. */
const MOST_RESTLESS_TRACES = 5;

function cellsOf(owners: readonly StateOwner[]): StateCell[] {
  return owners.filter((owner) => owner instanceof StateCell);
}

/** Rejects tensors that were kept and are neither read nor disposed at the next call, such as a log of losses. */
function releaseUnused({ kept }: KeptTrace, reads: readonly StateCell[]): void {
  const unused = kept.filter(({ tensor }) => {
    const cell = keptCell(tensor);
    return !tensor.isDisposed && !(cell && reads.includes(cell));
  });
  // Results are returned to the caller as separate tensors.
  for (const { tensor, isResult } of unused) if (isResult) tensor.dispose();
  const lost = unused.filter(({ isResult }) => !isResult);
  if (lost.length > 0) throw keptError("the compiled function", lost);
}

function successorsOf(previous: KeptTrace, next: KeptTrace): Successors | undefined {
  if (!sameGraph(previous.graph, next.graph)) return undefined;
  const successors = next.reads.map((cell): Successor | undefined => {
    const kept = previous.kept.findIndex(({ tensor }) => keptCell(tensor) === cell);
    if (kept >= 0) return { kept };
    const read = previous.reads.indexOf(cell);
    return read >= 0 ? { read } : undefined;
  });
  return successors.every((successor) => successor !== undefined) ? successors : undefined;
}

/** The trace with kept tensors as state that persists between calls, instead of new tensors in each call. */
function carried(trace: TraceResult, successors: Successors): TraceResult {
  const { program } = trace;
  const { graph } = program;
  const reads = cellsOf(trace.owners);
  const inputs = program.states.filter((_, i) => trace.owners[i] instanceof StateCell).map(({ input }) => input);
  const holders = reads.map((cell) => cell.holders);
  const moves: Node[] = [];
  const next = successors.map(
    (successor, i): { readonly output: Value | undefined; readonly tensors: readonly tf.Tensor[] } => {
      if ("kept" in successor) {
        const { output, tensor } = trace.kept[successor.kept]!;
        return { output, tensors: [tensor] };
      }
      if (successor.read === i) return { output: undefined, tensors: holders[i]! };
      const source = inputs[successor.read]!;
      const output: Value = { ...source, name: `${inputs[i]!.name}_next` };
      moves.push({ opType: "Identity", inputs: [source], outputs: [output], attributes: {} });
      return { output, tensors: holders[successor.read]! };
    },
  );
  for (const [i, cell] of reads.entries()) cell.hold(next[i]!.tensors);
  let read = 0;
  const states = program.states.map((state, i) => {
    return trace.owners[i] instanceof StateCell ? { ...state, output: next[read++]!.output } : state;
  });
  const unread = unreadStates(trace, successors);
  const outputs = [...graph.outputs, ...moves.flatMap((move) => move.outputs)];
  return {
    ...trace,
    kept: [],
    owners: [...trace.owners, ...unread.map(({ cell }) => cell)],
    program: {
      ...program,
      graph: new Graph(
        graph.name,
        [...graph.inputs, ...unread.map(({ state }) => state.input)],
        outputs,
        graph.initializers,
        [...graph.nodes, ...moves],
      ),
      states: [...states, ...unread.map(({ state }) => state)],
      created: program.created.slice(0, program.created.length - trace.kept.length),
    },
  };
}

/** Tensors that each call writes and none reads. The old value is an unused input. */
function unreadStates({ kept }: TraceResult, successors: Successors) {
  const isRead = new Set(successors.flatMap((successor) => ("kept" in successor ? [successor.kept] : [])));
  return kept.flatMap(({ tensor, output, isResult }, i) => {
    if (isRead.has(i)) return [];
    if (isResult) {
      tensor.dispose();
      return [];
    }
    const input: Value = { ...output, name: `kept_unread_${i}` };
    const state: ProgramState = { name: input.name, input, output };
    return [{ state, cell: newCell(tensor, output) }];
  });
}

function newCell(tensor: tf.Tensor, { elementType, shape }: Value): StateCell {
  return setCell(tensor, allocate(elementType, sizeOf(shape)));
}

/** The error for tensors that outlive a trace, because later calls would not update them. */
export function keptError(owner: string, kept: readonly KeptTensor[]): TraceError {
  const names = kept.map(
    ({ tensor, source }) => `[${tensor.shape}] (${source ? `result of ${source.kernel}` : "an argument"})`,
  );
  const { source } = kept[0]!;
  return new TraceError(
    `jit: ${owner} keeps ${kept.length === 1 ? "a tensor" : "tensors"} of shape ${names.join(", ")} in JavaScript (tf.keep), where ` +
      "later calls would not update it; return it, assign it to a tf.variable, or read or dispose it at the next call",
    { ...(source && { kernel: source.kernel }), ...(source?.callSite && { callSite: source.callSite }) },
  );
}
