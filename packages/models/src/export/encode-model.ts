import { encodeSafetensors } from "../checkpoint/safetensors.js";
import { storedTensors } from "../checkpoint/save.js";
import type { TrainableModel } from "../model/model.js";

/**
 * Encodes all weights of a model as one file in the safetensors layout, under the names of a checkpoint
 * (`encoder.000.dense_Dense1/kernel`). Kernels have the shapes of tf.layers: `[inputs, units]` and
 * `[height, width, inputs, filters]`. Also works in a browser, unlike {@link exportSafetensors}.
 *
 * @throws TypeError for a variable of a dtype other than float32 and int32.
 */
export async function encodeModel(model: TrainableModel): Promise<Uint8Array> {
  return encodeSafetensors(await storedTensors("encodeModel", model.namedVariables()));
}
