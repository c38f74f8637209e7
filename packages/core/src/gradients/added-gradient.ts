import * as tf from "@tensorflow/tfjs-core";

/**
 * `value`, with an additional gradient: `slope` with respect to `x`.
 * Shapes: `value [...]`, `slope [..., ...event]`, and `x` of slope's shape or without some of its first axes.
 */
export function addGradient(value: tf.Tensor, x: tf.Tensor, slope: tf.Tensor): tf.Tensor {
  const repeated = Array.from({ length: slope.rank - x.rank }, (_, axis) => axis);
  const custom = tf.customGrad((...inputs) => {
    const save = inputs[3] as unknown as tf.GradSaveFunc;
    save([inputs[2] as tf.Tensor]);
    return {
      value: tf.clone(inputs[0] as tf.Tensor),
      gradFunc: (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
        const upstream = dy as tf.Tensor;
        const ofX = tf.mul(withEventAxes(upstream, slope.rank), saved[0] as tf.Tensor);
        return [tf.clone(upstream), repeated.length > 0 ? tf.sum(ofX, repeated) : ofX, tf.zeros(slope.shape)];
      },
    };
  });
  return custom(value, x, slope);
}

/** `[...] -> [..., 1, 1]`, up to `rank` axes. */
export function withEventAxes(x: tf.Tensor, rank: number): tf.Tensor {
  return tf.reshape(x, [...x.shape, ...new Array<number>(rank - x.rank).fill(1)]);
}
