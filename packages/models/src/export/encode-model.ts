import { encodeSafetensors } from "../checkpoint/safetensors.js";
import { storedTensors } from "../checkpoint/save.js";
import type { TrainableModel } from "../model/model.js";

/**
 * Every weight of a model as the bytes of one file in the safetensors layout, by the names of a checkpoint
 * (`encoder.000.dense_Dense1/kernel`); kernels are tf.layers' own, `[inputs, units]` and `[height, width, inputs, filters]`.
 * Runs in a browser too, where {@link exportSafetensors} has no file to write.
 *
 * @throws TypeError for a variable of another dtype than float32 and int32.
 */
export async function encodeModel(model: TrainableModel): Promise<Uint8Array> {
  return encodeSafetensors(await storedTensors("encodeModel", model.namedVariables()));
}
