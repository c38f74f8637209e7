import * as tf from "@tensorflow/tfjs-core";
import { glorot, hashUniform, normal, product } from "../hash-numbers.mjs";

/** The batches that a training goes through in turn. */
export const BATCHES = 8;

/**
 * Start weights that PyTorch's twin makes too: matrices and filters from Glorot's range by an integer hash. Vectors keep
 * what their layer gives them, zeros or ones.
 */
export function setStartWeights(model, seed) {
  tf.tidy(() => {
    let next = seed;
    const weights = model.getWeights().map((weight) => {
      if (weight.rank < 2) return weight;
      const taps = product(weight.shape.slice(0, -2));
      const [rows, columns] = weight.shape.slice(-2);
      return tf.tensor(glorot(weight.shape, taps * rows, taps * columns, next++), weight.shape);
    });
    model.setWeights(weights);
  });
}

export const normals = (shape, seed) => tf.tensor(normal(shape, seed), shape);

export const uniforms = (shape, seed) => tf.tensor(Float32Array.from(hashUniform(product(shape), seed)), shape);

/** Integers below `categories`, as int32. */
export function integers(shape, categories, seed) {
  const values = Int32Array.from(hashUniform(product(shape), seed), (u) => Math.floor(u * categories));
  return tf.tensor(values, shape, "int32");
}

/** Integers as one-hot float32, with a new last axis. */
export const oneHot = (shape, categories, seed) =>
  tf.tidy(() => tf.cast(tf.oneHot(integers(shape, categories, seed), categories), "float32"));

/** Makes each batch by its number. */
export const batchesOf = (make) => Array.from({ length: BATCHES }, (_, k) => make(k));
