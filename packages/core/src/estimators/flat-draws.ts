import * as tf from "@tensorflow/tfjs-core";

/** Several draws of one loss with merged axes: S draws, R losses, N variables, K categories. */
export interface FlatShape {
  readonly samples: number;
  readonly losses: number;
  readonly variables: number;
  readonly categories: number;
}

/** The axes of draws `[S, ...leading, ...variables, K]` whose loss is `[S, ...leading]`. */
export function flatShape(z: tf.Tensor, value: tf.Tensor): FlatShape {
  const size = (axes: readonly number[]) => axes.reduce((product, axis) => product * axis, 1);
  const [samples, ...rest] = z.shape as [number, ...number[]];
  const leading = value.rank - 1;
  return {
    samples,
    losses: size(rest.slice(0, leading)),
    variables: size(rest.slice(leading, -1)),
    categories: rest.at(-1) as number,
  };
}

/** Each draw's value minus the mean of the others': `[S, ...]`, S >= 2. */
export function leaveOneOut(value: tf.Tensor): tf.Tensor {
  const samples = value.shape[0] as number;
  return tf.mul(tf.sub(value, tf.mean(value, 0, true)), samples / (samples - 1));
}

/** The mean over the other draws: `[S, ...]`, S >= 2. */
export function meanOfOthers(value: tf.Tensor): tf.Tensor {
  const samples = value.shape[0] as number;
  return tf.div(tf.sub(tf.sum(value, 0, true), value), samples - 1);
}
