import type * as tf from "@tensorflow/tfjs-core";

/** A function of tensors that runs op by op or compiled. */
export interface CompiledFunction {
  (...inputs: tf.Tensor[]): tf.Tensor[] | Promise<tf.Tensor[]>;
  /** Frees the resources of the compiler. */
  dispose?(): unknown;
}

/** The results as numbers. Inputs and results are freed. */
export async function runOnce(f: CompiledFunction, inputs: tf.Tensor[]): Promise<Float32Array[]> {
  let results: tf.Tensor[] = [];
  try {
    results = await f(...inputs);
    return await Promise.all(results.map(async (each) => Float32Array.from(await each.data())));
  } finally {
    for (const tensor of [...inputs, ...results]) tensor.dispose();
  }
}
