import type * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import { Graph, type Node, readsOf, type Value, type ValueType, withReads } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { type RecordedStep, recordStep, type Step, type StepGradient } from "./recorded-step.js";
import type { TraceBackend } from "./trace-backend.js";

/** The states after the last step, and the first state after each step, `[steps, ...]`, if it was asked for. */
export interface ScanResult {
  readonly last: readonly tf.Tensor[];
  readonly all: tf.Tensor | undefined;
}

/**
 * A recurrence over the first axis of `sequences` as one Scan node, and its gradient as another one that goes backwards.
 * The step is traced once instead of once for each step. Values of the step that its gradient reads are stacked by
 * the first loop and read by the second, as tf.while_loop does it. The gradients of weights are added up from the last
 * step to the first, in the order of tfjs' tape.
 *
 * Returns undefined if the step cannot be one of a loop; nothing is added to the graph then.
 */
export function scan(
  backend: TraceBackend,
  step: Step,
  sequences: readonly tf.Tensor[],
  initial: readonly tf.Tensor[],
  wantsAll: boolean,
): ScanResult | undefined {
  const { builder } = backend.activeTrace("a loop");
  const rows = sequences.map(({ shape, dtype, dataId }) => ({ shape: shape.slice(1), dtype, dataId }));
  const recorded = recordStep(backend, step, rows, initial);
  if (!recorded) return undefined;
  const steps = sequences[0]!.shape[0]!;
  const valuesOf = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => backend.valueFor(tensor, "a loop"));
  const inputs = { sequences: valuesOf(sequences), initial: valuesOf(initial) };
  const forward = forwardLoop(builder, recorded, inputs, steps, wantsAll);
  const tensorsOf = (values: readonly Value[]) => values.map((value) => backend.tensor(value, "a loop"));
  const { gradient } = recorded;
  const outputs = [...forward.last, ...(forward.all ? [forward.all] : [])];
  const weights = gradient?.outside ?? [];
  const named = (stem: string, tensors: readonly tf.Tensor[]) => tensors.map((tensor, i) => [`${stem}${i}`, tensor]);
  const tensors = engine().runKernelFunc({
    forwardFunc: () => tensorsOf(outputs),
    inputs: Object.fromEntries([
      ...named("sequence", sequences),
      ...named("state", initial),
      ...named(
        "weight",
        weights.map(({ tensor }) => tensor),
      ),
    ]) as Record<string, tf.Tensor>,
    backwardsFunc: (dys) => {
      let loop: BackwardLoop | undefined;
      const given = valuesOf([dys].flat());
      const gradients = () => {
        loop ??= backwardLoop(builder, recorded, gradient!, forward, inputs, given, steps);
        return loop;
      };
      const thunks = (stem: string, count: number, of: (loop: BackwardLoop) => readonly Value[]) =>
        Array.from({ length: count }, (_, i) => [
          `${stem}${i}`,
          () => backend.tensor(of(gradients())[i]!, "the gradient of a loop"),
        ]);
      return Object.fromEntries([
        ...thunks("sequence", sequences.length, ({ sequences: values }) => values),
        ...thunks("state", initial.length, ({ initial: values }) => values),
        ...thunks("weight", weights.length, ({ weights: values }) => values),
      ]) as Record<string, () => tf.Tensor>;
    },
  });
  return { last: tensors.slice(0, initial.length), all: tensors[initial.length] };
}

interface LoopInputs {
  readonly sequences: readonly Value[];
  readonly initial: readonly Value[];
}

interface ForwardLoop {
  readonly last: readonly Value[];
  readonly all: Value | undefined;
  /** For each value of the step that its gradient reads, the values of all steps. */
  readonly saved: ReadonlyMap<Value, Value>;
  /** Nodes of the step that the gradient repeats instead. */
  readonly recomputed: readonly Node[];
}

interface BackwardLoop {
  readonly sequences: readonly Value[];
  readonly initial: readonly Value[];
  readonly weights: readonly Value[];
}

function forwardLoop(
  builder: GraphBuilder,
  recorded: RecordedStep,
  { sequences, initial }: LoopInputs,
  steps: number,
  wantsAll: boolean,
): ForwardLoop {
  const { nodes, inputs, states, next, gradient } = recorded;
  const { saved, recomputed } = gradient ? readBack(recorded, gradient) : { saved: [], recomputed: [] };
  const all = wantsAll ? [next[0]!] : [];
  const copies = copied(builder, [...next, ...all, ...saved]);
  const body = new Graph(
    builder.placeholder(next[0]!, "scan").name,
    [...states, ...inputs],
    copies.values,
    [],
    [...nodes, ...copies.nodes],
  );
  const stacks = [...all, ...saved].map((value) => stacked(value, steps));
  const outputs = builder.node(
    "Scan",
    [...initial, ...sequences],
    { body: { graph: body }, num_scan_inputs: { int: sequences.length } },
    [...next, ...stacks],
  );
  const stackOf = outputs.slice(next.length);
  return {
    last: outputs.slice(0, next.length),
    all: wantsAll ? stackOf[0] : undefined,
    saved: new Map(saved.map((value, i) => [value, stackOf[all.length + i]!])),
    recomputed,
  };
}

function backwardLoop(
  builder: GraphBuilder,
  { inputs, states }: RecordedStep,
  gradient: StepGradient,
  forward: ForwardLoop,
  { sequences }: LoopInputs,
  given: readonly Value[],
  steps: number,
): BackwardLoop {
  const { dys, outside } = gradient;
  const fresh = (value: ValueType) => builder.placeholder(value, "step_saved");
  const ofLast = given.slice(0, states.length);
  const ofAll = given.slice(states.length);
  /** The gradients of the states, from the later steps; the first state's own is added to that. */
  const carried = dys.map((dy, i) => (i === 0 && ofAll.length > 0 ? fresh(dy) : dy));
  const sums = outside.map(({ gradient: of }) => fresh(of));
  const zeros = outside.map(({ gradient: of }) => zerosOf(builder, of));
  const saved = [...forward.saved.keys()];
  const [own, rows, sequenceRows] = [ofAll.map(() => fresh(dys[0]!)), saved.map(fresh), inputs.map(fresh)];
  const renamed = new Map([
    ...saved.map((value, i) => [value, rows[i]!] as const),
    ...inputs.map((value, i) => [value, sequenceRows[i]!] as const),
    // The same names could not move out of both loops.
    ...forward.recomputed.flatMap(({ outputs }) => outputs.map((value) => [value, fresh(value)] as const)),
  ]);
  const here = (value: Value) => renamed.get(value) ?? value;
  const nodes: Node[] = own.map((dy) => op("Add", [carried[0]!, dy], dys[0]!));
  nodes.push(...forward.recomputed.map((node) => ({ ...withReads(node, here), outputs: node.outputs.map(here) })));
  nodes.push(...gradient.nodes.map((node) => withReads(node, here)));
  const before = gradient.states.map((value, i) => (value ? here(value) : zerosOf(builder, states[i]!)));
  const added = outside.map(({ gradient: of }, i) => {
    const sum = fresh(of);
    nodes.push(op("Add", [sums[i]!, here(of)], sum));
    return sum;
  });
  const ofRows = gradient.inputs.map((value, i) => (value ? here(value) : zerosOf(builder, inputs[i]!)));
  const copies = copied(builder, [...before, ...added, ...ofRows]);
  const body = new Graph(
    builder.placeholder(dys[0]!, "scan").name,
    [...carried, ...sums, ...own, ...rows, ...sequenceRows],
    copies.values,
    [],
    [...nodes, ...copies.nodes],
  );
  const scanned = [...ofAll, ...saved.map((value) => forward.saved.get(value)!), ...sequences];
  const outputs = builder.node(
    "Scan",
    [...ofLast, ...zeros, ...scanned],
    {
      body: { graph: body },
      num_scan_inputs: { int: scanned.length },
      scan_input_directions: { ints: scanned.map(() => 1) },
      scan_output_directions: { ints: ofRows.map(() => 1) },
    },
    [...before, ...added, ...ofRows.map((value) => stacked(value, steps))],
  );
  const firstRow = states.length + outside.length;
  return {
    initial: outputs.slice(0, states.length),
    weights: outputs.slice(states.length, firstRow),
    sequences: outputs.slice(firstRow),
  };
}

/** Nodes that only give another shape to numbers. */
const RESHAPES: ReadonlySet<string> = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"]);

/**
 * How the gradient gets the values of the step that it reads: rows of the sequences are there; what depends on nothing
 * of the step (parts of weights) and other shapes are recomputed; all else is saved.
 */
function readBack({ nodes, inputs, states }: RecordedStep, gradient: StepGradient) {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const changing = new Set<Value>([...inputs, ...states]);
  for (const node of nodes) {
    if (readsOf(node).some((value) => changing.has(value))) for (const output of node.outputs) changing.add(output);
  }
  const rows = new Set(inputs);
  const saved = new Set<Value>();
  const recomputed = new Set<Node>();
  const need = (value: Value) => {
    const node = producers.get(value);
    if (node && (RESHAPES.has(node.opType) || !changing.has(value))) {
      if (!recomputed.has(node)) readsOf(node).forEach(need);
      recomputed.add(node);
    } else if (changing.has(value) && !rows.has(value)) saved.add(value);
  };
  gradient.nodes.flatMap(readsOf).forEach(need);
  for (const value of gradientsOf(gradient)) if (value) need(value);
  return { saved: [...saved], recomputed: nodes.filter((node) => recomputed.has(node)) };
}

function gradientsOf({ inputs, states, outside }: StepGradient): (Value | undefined)[] {
  return [...inputs, ...states, ...outside.map(({ gradient }) => gradient)];
}

/** Outputs of a subgraph: each is that of one node, so that a value may be several of them. */
function copied(builder: GraphBuilder, values: readonly Value[]): { values: Value[]; nodes: Node[] } {
  const copies = values.map((value) => builder.placeholder(value, "step_output"));
  return { values: copies, nodes: values.map((value, i) => op("Identity", [value], copies[i]!)) };
}

function op(opType: string, inputs: readonly Value[], output: Value): Node {
  return { opType, inputs, outputs: [output], attributes: {} };
}

function stacked({ elementType, shape }: Value, steps: number): ValueType {
  return { elementType, shape: [steps, ...shape] };
}

function zerosOf(builder: GraphBuilder, { shape }: Value): Value {
  const zero = builder.scalar(0, "float32");
  return shape.length === 0
    ? zero
    : builder.op("Expand", [zero, builder.ints(shape)], {}, { elementType: "float32", shape });
}
