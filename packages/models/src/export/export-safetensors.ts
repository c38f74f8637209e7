import { makeFolder, writeFileAtomically } from "@igr/files";
import { nodeModules } from "../checkpoint/node-modules.js";
import type { TrainableModel } from "../model/model.js";
import { encodeModel } from "./encode-model.js";

/**
 * Writes all weights of a model into one file in the safetensors layout, under the names of a checkpoint
 * (`encoder.000.dense_Dense1/kernel`). Kernels have the shapes of tf.layers: `[inputs, units]` and
 * `[height, width, inputs, filters]`. Libraries such as Python's `safetensors` read it. Node only.
 */
export async function exportSafetensors(model: TrainableModel, file: string): Promise<void> {
  const { path } = nodeModules("exportSafetensors");
  await makeFolder(path.dirname(file));
  await writeFileAtomically(file, await encodeModel(model));
}
