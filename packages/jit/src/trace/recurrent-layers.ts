import * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import type { Step } from "./recorded-step.js";
import { scan } from "./scan.js";
import type { TraceBackend } from "./trace-backend.js";

/** Fewer steps stay unrolled. */
export const FEWEST_STEPS = 8;

/** Cells whose step depends on nothing but its arguments and weights. */
const CELLS: ReadonlySet<string> = new Set(["SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells"]);

type Call = (inputs: tf.Tensor | tf.Tensor[], options?: Options) => tf.Tensor | tf.Tensor[];

interface Options {
  readonly mask?: tf.Tensor | tf.Tensor[] | null;
  readonly training?: boolean | null;
  readonly initialState?: tf.Tensor[] | null;
}

interface Cell {
  readonly dropout?: number;
  readonly recurrentDropout?: number;
  readonly cells?: readonly Cell[];
  readonly stateSize: number | number[];
  call: (inputs: tf.Tensor[], options: Options) => tf.Tensor[];
}

interface Layer {
  readonly cell: Cell;
  readonly goBackwards: boolean;
  readonly returnSequences: boolean;
  readonly stateful: boolean;
  getStates(): (tf.Tensor | null)[];
  getInitialState(inputs: tf.Tensor): tf.Tensor[];
}

/**
 * Runs `run` so that a recurrent layer of tf.layers becomes a loop of the graph instead of one copy of its step for each
 * step. tfjs' own call of the layer sees a sequence of one step, whose cell stands for the loop, so that initial states,
 * stateful layers and returned states are its own.
 */
export function withRecurrentLoops<T>(backend: TraceBackend, run: () => T): T {
  // By its name, because this package does not depend on @tensorflow/tfjs-layers.
  const [layer] = tf.serialization.SerializationMap.getMap().classNameMap.RNN ?? [];
  const prototype = layer?.prototype as { call: Call } | undefined;
  if (!prototype) return run();
  const { call } = prototype;
  prototype.call = function (this: Layer, inputs, options) {
    return loopOf(backend, this, call, inputs, options) ?? call.call(this, inputs, options);
  };
  try {
    return run();
  } finally {
    prototype.call = call;
  }
}

function loopOf(
  backend: TraceBackend,
  layer: Layer,
  call: Call,
  inputs: tf.Tensor | tf.Tensor[],
  options: Options | undefined,
): tf.Tensor | tf.Tensor[] | undefined {
  const [x] = [inputs].flat();
  const [mask] = [options?.mask ?? []].flat();
  const isLong = x !== undefined && x.rank >= 3 && x.shape[1]! >= FEWEST_STEPS;
  // The gradient of a gradient needs the ops of the step on tfjs' tape.
  if (!isLong || !isPlain(layer.cell) || engine().state.gradientDepth > 1) return undefined;
  return tf.tidy(() => {
    const { cell } = layer;
    const first = tf.slice(x, 0, [x.shape[0]!, 1]);
    const states = options?.initialState ?? (layer.stateful ? layer.getStates() : layer.getInitialState(first));
    // tfjs' call has the errors.
    const isComplete = states.length === [cell.stateSize].flat().length && !states.includes(null);
    if (!isComplete) return undefined as never;
    const step = cell.call;
    const cellCall = (tensors: tf.Tensor[]) => step.call(cell, tensors, { training: options?.training ?? null });
    const sequences = [x, ...(mask ? [maskFor(x, mask)] : [])].map((sequence) => timeMajor(sequence, layer));
    const loop = scan(backend, stepOf(cellCall), sequences, states as tf.Tensor[], layer.returnSequences);
    if (!loop) return undefined as never;
    cell.call = () => [loop.last[0]!, ...loop.last];
    try {
      const result = call.call(layer, first, { ...options, mask: null, initialState: states as tf.Tensor[] });
      if (!loop.all) return result;
      const sequence = tf.transpose(loop.all, swapped(loop.all));
      return Array.isArray(result) ? [sequence, ...result.slice(1)] : sequence;
    } finally {
      // The method of the class, which the property hid.
      delete (cell as Partial<Cell>).call;
    }
  });
}

/** With dropout, the first step would make the masks of all. */
function isPlain(cell: Cell): boolean {
  const { className } = cell.constructor as { className?: string };
  if (className === undefined || !CELLS.has(className) || Object.hasOwn(cell, "call")) return false;
  if ((cell.dropout ?? 0) !== 0 || (cell.recurrentDropout ?? 0) !== 0) return false;
  return (cell.cells ?? []).every(isPlain);
}

/** `[batch, steps, ...]` as `[steps, batch, ...]`, in the order of the steps. */
function timeMajor(x: tf.Tensor, { goBackwards }: Layer): tf.Tensor {
  const major = tf.transpose(x, swapped(x));
  return goBackwards ? tf.reverse(major, 0) : major;
}

/** The permutation that swaps the first two axes. */
function swapped({ shape }: tf.Tensor): number[] {
  return shape.map((_, axis) => (axis < 2 ? 1 - axis : axis));
}

/** As tfjs' `rnn`: 0 or 1, with the rank of `x`. */
function maskFor(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const numbers = tf.cast(tf.cast(mask, "bool"), "float32");
  return mask.rank === x.rank - 1 ? tf.expandDims(numbers, -1) : numbers;
}

/** The step of a cell. Its first state is its output, which is all that a loop keeps. */
function stepOf(call: (tensors: tf.Tensor[]) => tf.Tensor[]): Step {
  return ([x, mask], states) => {
    const [output, ...next] = call([x!, ...states]);
    if (output !== next[0]) return undefined;
    if (!mask) return next;
    const negated = tf.sub(tf.onesLike(mask), mask);
    return next.map((state, i) => tf.add(tf.mul(state, mask), tf.mul(states[i]!, negated)));
  };
}
