import * as tf from "@tensorflow/tfjs-core";
import type { Batch } from "./layers-model.js";

/** What tf.data's datasets have; an iterator gives `{ xs, ys }`. */
export interface Batches {
  readonly size?: number;
  iterator(): Promise<{ next(): Promise<IteratorResult<unknown>> }>;
}

export type Tensors = tf.Tensor | tf.Tensor[];
export type NamedTensors = Tensors | { readonly [name: string]: tf.Tensor };

export interface Validation extends Batches {
  readonly tensors: readonly [Tensors, Tensors];
}

/** Tensors in the form of a dataset, so that tfjs waits for their evaluation. */
export function validationOf(validation: readonly unknown[]): Validation {
  if (validation.length === 3) throw new Error("Validation with sample weights is not implemented yet.");
  const [xs, ys] = validation as [Tensors, Tensors];
  return { tensors: [xs, ys], iterator: () => Promise.reject(new Error("jit: internal error, no dataset")) };
}

/** The rows of each tensor, in this order. */
export function rowsOf(data: Batch, rows: readonly number[]): Batch {
  return tf.tidy(() => {
    const indices = tf.tensor1d([...rows], "int32");
    return data.map((tensor) => tensor && tf.gather(tensor, indices)) as tf.Tensor[];
  });
}

/** A dataset whose batches are shown to `see` before they are given. */
export function watchedBatches(dataset: Batches, see: (value: unknown) => Promise<void>): Batches {
  return {
    ...(dataset.size !== undefined && { size: dataset.size }),
    iterator: async () => {
      const iterator = await dataset.iterator();
      return {
        next: async () => {
          const result = await iterator.next();
          if (result.value !== null && result.value !== undefined) await see(result.value);
          return result;
        },
      };
    },
  };
}
