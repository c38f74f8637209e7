import type * as tf from "@tensorflow/tfjs-core";

export const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
