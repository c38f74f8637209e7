import * as tf from "@tensorflow/tfjs-core";
import { customGradient } from "./custom-gradient.js";
import { sizeOfShape } from "./shape.js";

/**
 * Backends whose tensors lie in memory that JavaScript reads at once. Their kernels that only move numbers compute an address for every
 * number or call a function for every row; a loop that copies takes a fifth of the time or less (bench/eager.mjs).
 */
const hostBackends: ReadonlySet<string> = new Set(["cpu", "wasm"]);

/** Whether a loop of our own moves the numbers of these tensors. Inside a compiled function the backend is another one. */
export function isOnHost(tensors: readonly tf.Tensor[]): boolean {
  return hostBackends.has(tf.getBackend()) && tensors.every(({ dtype }) => dtype === "float32");
}

/** Numbers of `inputs` that were moved, with their gradient. */
export function moved(
  inputs: readonly tf.Tensor[],
  value: () => tf.Tensor,
  gradient: (dy: tf.Tensor) => tf.Tensor[],
): tf.Tensor {
  return customGradient(inputs, () => ({ value: value(), saved: [] }), gradient);
}

/** `x` repeated along the axes where its size is 1. It broadcasts to `shape`, which has no axis without elements. */
export function broadcastOnHost(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const given = x.dataSync<"float32">();
  const result = new Float32Array(sizeOfShape(shape));
  const offset = shape.length - x.rank;
  /** How far the next element of an axis is in `x`: 0 where it is the same element again. */
  const steps = shape.map((_, axis) =>
    (x.shape[axis - offset] ?? 1) === 1 ? 0 : sizeOfShape(x.shape.slice(axis - offset + 1)),
  );
  let to = 0;
  const write = (axis: number, from: number) => {
    for (let index = 0, at = from; index < (shape[axis] as number); index++, at += steps[axis] as number) {
      if (axis < shape.length - 1) write(axis + 1, at);
      else result[to++] = given[at] as number;
    }
  };
  write(0, 0);
  return tf.tensor(result, shape.slice());
}

/** Columns of a table in JavaScript's memory: the first one, and the number of all columns of the table. */
interface Columns {
  readonly numbers: Float32Array;
  readonly start: number;
  readonly width: number;
}

function copyColumns(from: Columns, to: Columns, count: number): void {
  for (let row = 0, at = to.start; at < to.numbers.length; row += from.width, at += to.width) {
    for (let k = 0; k < count; k++) to.numbers[at + k] = from.numbers[row + from.start + k] as number;
  }
}

/** `x[..., start : start + count]`. */
export function sliceOnHost(x: tf.Tensor, start: number, count: number): tf.Tensor {
  const width = x.shape.at(-1) as number;
  const numbers = new Float32Array((x.size / width) * count);
  copyColumns({ numbers: x.dataSync<"float32">(), start, width }, { numbers, start: 0, width: count }, count);
  return tf.tensor(numbers, [...x.shape.slice(0, -1), count]);
}

/** Tensors side by side on the last axis; their other axes are equal. */
export function concatOnHost(tensors: readonly tf.Tensor[]): tf.Tensor {
  const widths = tensors.map(({ shape }) => shape.at(-1) as number);
  const width = widths.reduce((sum, each) => sum + each, 0);
  const batch = (tensors[0] as tf.Tensor).shape.slice(0, -1);
  const numbers = new Float32Array(sizeOfShape(batch) * width);
  let start = 0;
  for (const [k, x] of tensors.entries()) {
    const count = widths[k] as number;
    copyColumns({ numbers: x.dataSync<"float32">(), start: 0, width: count }, { numbers, start, width }, count);
    start += count;
  }
  return tf.tensor(numbers, [...batch, width]);
}
