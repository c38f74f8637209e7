import * as tf from "@tensorflow/tfjs-core";

/**
 * The gradient of tf.tile while a function is traced: one sum over the repetitions. tfjs adds up a slice for each of
 * them, which are 1,024 slices for the gamma of a layer normalization of 16 sequences of 64 tokens, and allows 4 axes.
 */
export const tile: tf.GradConfig = {
  kernelName: "Tile",
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [tf.Tensor];
    return { x: () => gradient(dy as tf.Tensor, x.shape, (attrs as unknown as tf.TileAttrs).reps) };
  },
};

/** `dy`: `[repetitions * size, ...]`, as few axes as possible. */
function gradient(dy: tf.Tensor, shape: readonly number[], repetitions: readonly number[]): tf.Tensor {
  const axes: { size: number; isRepetition: boolean }[] = [];
  const push = (size: number, isRepetition: boolean) => {
    const last = axes.at(-1);
    if (size === 1) return;
    if (last?.isRepetition === isRepetition) last.size *= size;
    else axes.push({ size, isRepetition });
  };
  for (const [axis, size] of shape.entries()) {
    push(repetitions[axis]!, true);
    push(size, false);
  }
  const split = tf.reshape(
    dy,
    axes.map(({ size }) => size),
  );
  const repeated = axes.flatMap(({ isRepetition }, axis) => (isRepetition ? [axis] : []));
  return tf.reshape(repeated.length > 0 ? tf.sum(split, repeated) : split, [...shape]);
}
