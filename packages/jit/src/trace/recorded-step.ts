import * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import type { Node, Value } from "../ir/graph.js";
import type { TraceBackend } from "./trace-backend.js";

/**
 * One step of a recurrence: the states after it, of the shapes of the states before; undefined for a step that cannot be
 * one of a loop.
 */
export type Step = (inputs: readonly tf.Tensor[], states: readonly tf.Tensor[]) => readonly tf.Tensor[] | undefined;

/** The gradient of a step, which reads the values of the step itself. */
export interface StepGradient {
  readonly nodes: readonly Node[];
  /** The gradients of the states after the step, which the nodes read. */
  readonly dys: readonly Value[];
  /** Of each input and each state before the step; undefined for zero. */
  readonly inputs: readonly (Value | undefined)[];
  readonly states: readonly (Value | undefined)[];
  /** The tensors from outside that the step depends on, such as weights, and their gradients. */
  readonly outside: readonly { readonly tensor: tf.Tensor; readonly gradient: Value }[];
}

/** The nodes of one step, apart from those of the graph. */
export interface RecordedStep {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly states: readonly Value[];
  readonly next: readonly Value[];
  readonly gradient: StepGradient | undefined;
}

/** Runs `step` once, on placeholders of the given tensors' shapes, and its gradient if tfjs' tape is recording. */
export function recordStep(
  backend: TraceBackend,
  step: Step,
  inputs: readonly tf.TensorInfo[],
  states: readonly tf.TensorInfo[],
): RecordedStep | undefined {
  const { builder } = backend.activeTrace("a recurrent step");
  const placeholders = (tensors: readonly tf.TensorInfo[], stem: string) =>
    tensors.map(({ shape }) => builder.placeholder({ elementType: "float32", shape }, stem));
  const [xs, hs] = [placeholders(inputs, "step_input"), placeholders(states, "step_state")];
  const dys = placeholders(states, "step_gradient");
  const tensorsOf = (values: readonly Value[]) => values.map((value) => backend.tensor(value, "a recurrent step"));
  const valuesOf = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => backend.valueFor(tensor, "a loop"));
  let next: readonly Value[] | undefined;
  let ownNodes = 0;
  let outside: readonly tf.Tensor[] = [];
  let gradients: readonly (Value | undefined)[] | undefined;
  const { gradientDepth, kernelDepth } = engine().state;
  const nodes = builder.nodesOf(() =>
    tf.tidy(() => {
      const [x, h, dy] = [tensorsOf(xs), tensorsOf(hs), tensorsOf(dys)];
      const run = () => {
        const after = step(x, h);
        next = after && valuesOf(after);
        ownNodes = builder.nodeCount;
        return after;
      };
      if (gradientDepth === 0 || kernelDepth > 0) {
        withTape(null, run);
        return;
      }
      const variables: tf.Tensor[] = [...x, ...h];
      const { grads } = withTape([], () =>
        engine().gradients(
          () => {
            const after = run();
            outside = readFromOutside(backend, variables);
            variables.push(...outside);
            return after ? joined(after, dy) : tf.scalar(0);
          },
          variables,
          tf.scalar(1),
          true,
        ),
      );
      gradients = grads.map((gradient) => (gradient ? backend.valueFor(gradient, "a loop") : undefined));
    }),
  );
  if (!next) return undefined;
  const own = nodes.slice(0, ownNodes);
  const made = new Set(own.flatMap(({ outputs }) => outputs));
  if (outside.some((tensor) => made.has(backend.valueFor(tensor, "a loop")))) return undefined;
  const firstOutside = xs.length + hs.length;
  return {
    nodes: own,
    inputs: xs,
    states: hs,
    next,
    gradient: gradients && {
      nodes: nodes.slice(ownNodes),
      dys,
      inputs: gradients.slice(0, xs.length),
      states: gradients.slice(xs.length, firstOutside),
      outside: outside.flatMap((tensor, i) => {
        const gradient = gradients![firstOutside + i];
        return gradient ? [{ tensor, gradient }] : [];
      }),
    },
  };
}

/** Runs `run` with a gradient tape of its own, or none. tfjs' own would record the step once more, as an op of the graph. */
function withTape<T>(tape: [] | null, run: () => T): T {
  const { state } = engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  state.activeTape = tape;
  state.gradientDepth = 0;
  state.kernelDepth = 0;
  try {
    return run();
  } finally {
    state.activeTape = activeTape;
    state.gradientDepth = gradientDepth;
    state.kernelDepth = kernelDepth;
  }
}

/** The tensors, not constant, that the ops of the tape read and that neither `known` nor another op of the tape has. */
function readFromOutside(backend: TraceBackend, known: readonly tf.Tensor[]): tf.Tensor[] {
  const tape = engine().state.activeTape ?? [];
  // Not in one pass: the copy of a result that is saved for the gradient is on the tape before the op of the result.
  const inside = new Set([...known, ...tape.flatMap(({ outputs }) => outputs)].map(({ id }) => id));
  const read = tape
    .flatMap(({ inputs }) => Object.values(inputs))
    .filter(
      (tensor) =>
        !inside.has(tensor.id) &&
        tensor.dtype === "float32" &&
        // What a step makes apart from the tape are constants, which it may have disposed.
        !(tensor.isDisposed || backend.constantOf(tensor) !== undefined),
    );
  return [...new Map(read.map((tensor) => [tensor.id, tensor])).values()];
}

/** A scalar that depends on all of `tensors`, whose gradients are `dys` where its own is 1. */
function joined(tensors: readonly tf.Tensor[], dys: readonly tf.Tensor[]): tf.Tensor {
  return tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => [...dys] }))(...tensors);
}
