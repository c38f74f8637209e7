import type { Bijector } from "@igr/bijectors";
import type * as tf from "@tensorflow/tfjs-core";

/** Whether gradients may flow into the bijector. Unstated parameters count as tensors. */
export function dependsOnTensors(bijector: Bijector): boolean {
  const { parameters } = bijector;
  if (!parameters) return true;
  const isOrHasTensor = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(isOrHasTensor);
    if (typeof value !== "object" || value === null) return false;
    if ("forwardLogDetJacobian" in value) return dependsOnTensors(value as Bijector);
    // Every network counts as a tensor.
    return "trainableVariables" in value || (value as { given?: tf.Tensor }).given !== undefined;
  };
  return Object.values(parameters).some(isOrHasTensor);
}
