import { type Bijector, isSimplexBijector } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";

/** `log z` at `y`; computed as the logarithm of z if the map has no form in logs. */
export function logForward(bijector: Bijector, y: tf.Tensor): tf.Tensor {
  return isSimplexBijector(bijector) ? bijector.forwardLog(y) : tf.log(bijector.forward(y));
}

/** {@link logForward} and the log-determinant of the map itself at `y`. */
export function logForwardAndLogDet(bijector: Bijector, y: tf.Tensor): { value: tf.Tensor; logDet: tf.Tensor } {
  if (isSimplexBijector(bijector)) return bijector.forwardLogAndLogDet(y);
  const { value, logDet } = bijector.forwardAndLogDet(y);
  return { value: tf.log(value), logDet };
}

/**
 * The inverse at `exp(logValue)` and its log-determinant, exact where `exp(logValue)` rounds to 0 or 1 if the map has a
 * form in logs.
 */
export function inverseFromLogAndLogDet(
  bijector: Bijector,
  logValue: tf.Tensor,
): { value: tf.Tensor; logDet: tf.Tensor } {
  return isSimplexBijector(bijector)
    ? bijector.inverseFromLogAndLogDet(logValue)
    : bijector.inverseAndLogDet(tf.exp(logValue));
}
