import { writeFileAtomically } from "@igr/files";
import { nodeModules } from "../checkpoint/node-modules.js";
import type { TrainableModel } from "../model/model.js";
import { encodeModel } from "./encode-model.js";

/**
 * Writes every weight of a model into one file in the safetensors layout, by the names of a checkpoint
 * (`encoder.000.dense_Dense1/kernel`); kernels are tf.layers' own, `[inputs, units]` and `[height, width, inputs, filters]`. Python's
 * `safetensors` and others open it. Node only.
 */
export async function exportSafetensors(model: TrainableModel, file: string): Promise<void> {
  const { fs, path } = nodeModules("exportSafetensors");
  await fs.mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomically(file, await encodeModel(model));
}
