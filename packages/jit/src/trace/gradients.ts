import * as tf from "@tensorflow/tfjs-core";
import { gather } from "./gather-gradient.js";
import { tile } from "./tile-gradient.js";
import type { TraceBackend } from "./trace-backend.js";

/**
 * Gradients for ops whose tfjs gradient is wrong, or too many nodes, used while a function is traced. (Gradients that
 * are kernels are corrected in `kernels/`.)
 */

type Gradients = Record<string, () => tf.Tensor>;

/** Runs `run` with the corrected gradients, if the program has registered gradients. */
export function withRightGradients<T>(backend: TraceBackend, run: () => T): T {
  const replaced = [mirrorPad, cumsum, gather, tile, pow(backend)].flatMap((gradient) => {
    const original = tf.getGradient(gradient.kernelName);
    return original ? [{ gradient, original }] : [];
  });
  const register = (gradient: tf.GradConfig) => {
    tf.unregisterGradient(gradient.kernelName);
    tf.registerGradient(gradient);
  };
  for (const { gradient } of replaced) register(gradient);
  try {
    return run();
  } finally {
    for (const { original } of replaced) register(original);
  }
}

/** The gradient of the padding is added to the mirrored elements; tfjs drops it. */
const mirrorPad: tf.GradConfig = {
  kernelName: "MirrorPad",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs): Gradients => {
    const { paddings, mode } = attrs as unknown as { paddings: [number, number][]; mode: "reflect" | "symmetric" };
    const edge = mode === "reflect" ? 1 : 0;
    const sizes = x!.shape;
    return {
      x: () => paddings.reduce((sum, padding, axis) => folded(sum, sizes[axis]!, padding, axis, edge), dy as tf.Tensor),
    };
  },
};

/** @param edge Elements at each end that the padding does not repeat. */
function folded(dy: tf.Tensor, size: number, [before, after]: [number, number], axis: number, edge: number): tf.Tensor {
  const part = (start: number, length: number) => {
    const begin = dy.shape.map((_, i) => (i === axis ? start : 0));
    return tf.slice(
      dy,
      begin,
      dy.shape.map((side, i) => (i === axis ? length : side)),
    );
  };
  const mirrored = (start: number, length: number, to: number) => {
    const pads = dy.shape.map((_, i): [number, number] => (i === axis ? [to, size - to - length] : [0, 0]));
    return tf.pad(tf.reverse(part(start, length), axis), pads);
  };
  const parts = [part(before, size)];
  if (before > 0) parts.push(mirrored(0, before, edge));
  if (after > 0) parts.push(mirrored(before + size, after, size - edge - after));
  return parts.length === 1 ? parts[0]! : tf.addN(parts);
}

/** tfjs' result is transposed unless the axis is the last. */
const cumsum: tf.GradConfig = {
  kernelName: "Cumsum",
  inputsToSave: [],
  gradFunc: (dy, _, attrs): Gradients => {
    const { axis, exclusive, reverse } = attrs as unknown as { axis: number; exclusive: boolean; reverse: boolean };
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
};

/** The derivative of x^0 is 0 at x = 0, too, where tfjs has 0 * 0^-1 = NaN. */
const pow = (backend: TraceBackend): tf.GradConfig => ({
  kernelName: "Pow",
  inputsToSave: ["a", "b"],
  outputsToSave: [true],
  gradFunc: (dy, saved): Gradients => {
    const [base, exponent, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const derivative = () => {
      const power = tf.cast(exponent, "float32");
      const slope = tf.mul(power, tf.pow(base, tf.sub(power, 1)));
      const known = backend.constantOf(exponent);
      if (known && !known.some((number: number | bigint) => Number(number) === 0)) return slope;
      return tf.where(tf.equal(power, 0), tf.zerosLike(slope), slope);
    };
    const logarithm = () => tf.where(tf.greater(base, 0), tf.log(base), tf.zerosLike(base));
    return {
      a: () => reducedTo(base.shape, tf.mul(dy as tf.Tensor, derivative())),
      b: () => reducedTo(exponent.shape, tf.mul(dy as tf.Tensor, tf.mul(y, logarithm()))),
    };
  },
});

/** The sum over the axes along which an operand was broadcast. */
function reducedTo(shape: number[], gradient: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}
