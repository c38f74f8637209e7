import { checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";

/** A temperature, > 0: a number, or a scalar tensor, which is not read, for a schedule. */
export type Temperature = number | tf.Scalar;

/** @throws RangeError unless `value` is a finite number > 0 or a scalar tensor. */
export function checkTemperature(owner: string, argument: string, value: Temperature): Temperature {
  if (value instanceof tf.Tensor) {
    if (value.rank !== 0) {
      throw new RangeError(`${owner}: ${argument} must be a number or a scalar tensor, got shape [${value.shape}]`);
    }
    return value;
  }
  return checkPositive(owner, argument, value);
}

/** `x / temperature`, without an operation if the temperature is the number 1. */
export function tempered(x: tf.Tensor, temperature: Temperature): tf.Tensor {
  return temperature === 1 ? x : tf.div(x, temperature);
}
