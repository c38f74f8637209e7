import * as tf from "@tensorflow/tfjs-core";
import type { TrainableModel } from "../model/model.js";
import type { StoredTensor } from "./safetensors.js";
import { tensorOf } from "./stored-tensor.js";

/**
 * Assigns the tensors of a file to the variables of a model.
 * @throws Error, naming `owner` and the file, if the names or shapes in the file are not those of this model.
 */
export function assignWeights(
  owner: string,
  model: TrainableModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  path: string,
): void {
  const weights = model.namedVariables();
  const byPosition = new Map([...tensors].map(([name, tensor]) => [positionOf(name), tensor]));
  for (const { name, variable } of weights) {
    const stored = byPosition.get(positionOf(name));
    if (!stored) throw new Error(`${owner}: ${path} lacks '${name}'`);
    if (stored.shape.join() !== variable.shape.join()) {
      throw new Error(
        `${owner}: '${name}' of ${path} has shape [${stored.shape}], the model needs [${variable.shape}]`,
      );
    }
    tf.tidy(() => variable.assign(tensorOf(stored, variable.dtype)));
  }
  if (tensors.size !== weights.length) {
    throw new Error(`${owner}: ${path} holds ${tensors.size} tensors, the model has ${weights.length}`);
  }
}

/**
 * The position of a variable in its model, `encoder.003`, from its name, `encoder.003.dense_Dense7/bias`. The rest of
 * the name does not identify the variable: tf.layers numbers layers per process.
 */
export function positionOf(name: string): string {
  return name.split(".").slice(0, 2).join(".");
}
