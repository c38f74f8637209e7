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
 * A trace shows which kept tensors the function reads, and which it keeps anew, but not which of the new ones take the places
 * of which old ones: that the next trace shows, by reading them. So each trace's program runs once, until two traces after
 * each other have the same graph. From then on the tensors kept last stay, and each call gives them their next values.
 */

/** A trace as it was before the passes, for comparison with the next one. */
export interface KeptTrace {
  readonly graph: Graph;
  readonly reads: readonly StateCell[];
  readonly kept: readonly KeptTensor[];
}

/**
 * What is, at the next call, in the place of a tensor that is read: the new one of that number, or the one read at that place now
 * (`b` after `[a, b] = [b, tf.keep(...)]`).
 */
type Successor = { readonly kept: number } | { readonly read: number };

/** For each kept tensor that is read, what comes in its place. */
type Successors = readonly Successor[];

/** What is known of a function's kept state, over all its traces for one set of shapes. */
export class KeptState {
  #previous: KeptTrace | undefined;
  #successors: Successors | undefined;
  /** The trace that is repeated: all later ones with its graph do the same. */
  #settled: KeptTrace | undefined;
  /** Of the cells that the latest trace read. */
  #versions: readonly (readonly [StateCell, number])[] = [];
  #restlessTraces = 0;

  /** Whether a repeatable trace was found before, so that tensors kept by eager code take part in the state. */
  get isKnown(): boolean {
    return this.#settled !== undefined;
  }

  /** False where another function has, maybe, put other tensors in the places of those that this one reads. */
  get isCurrent(): boolean {
    return this.#versions.every(([cell, version]) => cell.version === version);
  }

  /**
   * Looks at a new trace, whose graph the passes have not changed. The result says whether its program may be repeated, and
   * then with which state: "as before" means that the program of an earlier trace does the same.
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
      // Other functions have to look where their tensors are now.
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

/** A function settles at its second or third trace; the first calls may differ from the later ones. */
const MOST_RESTLESS_TRACES = 5;

function cellsOf(owners: readonly StateOwner[]): StateCell[] {
  return owners.filter((owner) => owner instanceof StateCell);
}

/** Refuses tensors that were kept and are neither read nor disposed at the next call: a log of losses, say. */
function releaseUnused({ kept }: KeptTrace, reads: readonly StateCell[]): void {
  const unused = kept.filter(({ tensor }) => {
    const cell = keptCell(tensor);
    return !tensor.isDisposed && !(cell && reads.includes(cell));
  });
  // Those that the caller got come as tensors of their own.
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

/** The trace with kept tensors as state that goes on from call to call, in place of tensors that are made at each. */
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

/** Tensors that each call writes and none reads: the old value is an input for form's sake. */
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

/** The error for tensors that outlive a trace and whose numbers no later call would change. */
export function keptError(owner: string, kept: readonly KeptTensor[]): TraceError {
  const names = kept.map(
    ({ tensor, source }) => `[${tensor.shape}] (${source ? `result of ${source.kernel}` : "an argument"})`,
  );
  const { source } = kept[0]!;
  return new TraceError(
    `jit: ${owner} keeps ${kept.length === 1 ? "a tensor" : "tensors"} of shape ${names.join(", ")} in JavaScript (tf.keep), where ` +
      "it would stand still; return it, assign it to a tf.variable, or read or dispose it at the next call",
    { ...(source && { kernel: source.kernel }), ...(source?.callSite && { callSite: source.callSite }) },
  );
}
