import * as tf from "@tensorflow/tfjs-core";
import { autoregressiveMasks, DenseNetwork } from "../src/index.js";
import { uniformTensor } from "./numbers.js";

/** A dense network of these widths with seeded weights, one for each element of `batch`. */
export function denseNetwork(
  seed: number,
  widths: readonly number[],
  { batch = [], masks }: { batch?: readonly number[]; masks?: number[][][] } = {},
): DenseNetwork {
  const layers = widths
    .slice(1)
    .map((outputs, layer) => ({ inputs: widths[layer] as number, outputs, seed: seed + layer }));
  return new DenseNetwork({
    kernels: layers.map(({ inputs, outputs, seed }) => uniformTensor(seed, [...batch, inputs, outputs], -0.7, 0.7)),
    biases: layers.map(({ outputs, seed }) => uniformTensor(seed + 100, [...batch, outputs], -0.5, 0.5)),
    masks,
  });
}

/** A seeded MADE with one hidden layer of 8 units. */
export function maskedNetwork(
  seed: number,
  sizes: { size: number; outputs: number; contextSize?: number },
  batch: readonly number[] = [],
): DenseNetwork {
  const masks = autoregressiveMasks({ ...sizes, hidden: [8] });
  const widths = [sizes.size + (sizes.contextSize ?? 0), 8, sizes.size * sizes.outputs];
  return denseNetwork(seed, widths, { batch, masks });
}

/** A layer as tfjs-layers makes it, without the package: a matrix and a bias. */
export function denseLayer(seed: number, inputs: number, outputs: number) {
  const kernel = tf.variable(uniformTensor(seed, [inputs, outputs], -0.7, 0.7));
  const bias = tf.variable(uniformTensor(seed + 1, [outputs], -0.5, 0.5));
  return {
    apply: (x: tf.Tensor) => tf.add(tf.matMul(x, kernel), bias),
    trainableWeights: [{ read: () => kernel }, { read: () => bias }],
  };
}
