import { sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * The shape of one example at the only input or output of a network, without the batch axis.
 * @throws RangeError if the network has several inputs or outputs, or an axis without a fixed size.
 */
export function exampleShape(owner: string, network: LayersModel, end: "inputs" | "outputs"): number[] {
  const tensors = network[end];
  if (tensors.length !== 1) {
    throw new RangeError(`${owner}: the network needs exactly 1 of ${end}, '${network.name}' has ${tensors.length}`);
  }
  const [batch, ...shape] = tensors[0]!.shape;
  if (batch !== null) {
    throw new RangeError(
      `${owner}: the network must leave its batch size open (inputShape, not batchInputShape), '${network.name}' has ` +
        `${end} of shape [${tensors[0]!.shape}]`,
    );
  }
  if (shape.some((size) => size === null)) {
    throw new RangeError(
      `${owner}: every axis but the first needs a size, '${network.name}' has ${end} of shape [${tensors[0]!.shape}]`,
    );
  }
  return shape as number[];
}

/** Runs a network on `[B, ...]`, reshaped for its input layer: `-> [B, ...outputs]`. */
export function applyNetwork(network: LayersModel, x: tf.Tensor, training: boolean): tf.Tensor {
  const shape = network.inputs[0]!.shape.slice(1) as number[];
  const fits = x.rank === shape.length + 1 && shape.every((size, axis) => size === x.shape[axis + 1]);
  return network.apply(fits ? x : tf.reshape(x, [-1, ...shape]), { training }) as tf.Tensor;
}

/** All weights in the network's own order, with names that give their position. */
export function namedWeights(prefix: string, network: LayersModel): { name: string; variable: tf.Variable }[] {
  return network.weights.map((weight, index) => ({
    name: `${prefix}.${String(index).padStart(3, "0")}.${weight.originalName}`,
    variable: weight.read() as tf.Variable,
  }));
}

/** The variables of the network's trainable weights. */
export function trainableVariables(network: LayersModel): tf.Variable[] {
  return network.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

/** @throws RangeError unless the shape holds `expected` numbers; `reason` says where that number comes from. */
export function checkSize(
  owner: string,
  what: string,
  shape: readonly number[],
  expected: number,
  reason: string,
): void {
  if (sizeOfShape(shape) !== expected) {
    throw new RangeError(`${owner}: ${what} must hold ${expected} numbers (${reason}), got shape [${shape}]`);
  }
}
