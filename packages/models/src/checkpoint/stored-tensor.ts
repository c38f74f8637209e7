import * as tf from "@tensorflow/tfjs-core";
import type { StoredTensor } from "./safetensors.js";

/** A tensor of a file on the backend, of the dtype of its data by default. */
export function tensorOf(
  { data, shape }: StoredTensor,
  dtype: tf.DataType = data instanceof Float32Array ? "float32" : "int32",
): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}
