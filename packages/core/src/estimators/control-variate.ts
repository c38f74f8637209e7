import { constant, softmaxLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Loss } from "./gradient-estimator.js";
import type { Temperature } from "./temperature.js";

/** A control variate at some scores. */
export interface ControlVariateValue {
  /** c, `[...]`. */
  readonly value: tf.Tensor;
  /** d c / d scores, `[..., ...variables, K]`. */
  readonly slope: tf.Tensor;
}

/**
 * A function c of the Gumbel scores `log probs + noise`, `[..., ...variables, K] -> [...]`, that resembles the loss.
 *
 * It returns its value and its gradient with respect to the scores, both written in ordinary operations: RELAX
 * differentiates the square of an estimate that contains this gradient, and tfjs has no second derivatives.
 */
export interface ControlVariate {
  /** Its parameters. */
  readonly trainableVariables: tf.Variable[];
  /**
   * c and its gradient, differentiable in the parameters. `leading` is the number of leading axes of the scores,
   * `[...]`.
   */
  valueAndSlope(scores: tf.Tensor, leading: number): ControlVariateValue;
  dispose(): void;
}

/** The loss at `softmax(scores / temperature)` and its gradient with respect to the scores, both constants. */
export function relaxedLoss(
  loss: Loss,
  scores: tf.Tensor,
  temperature: Temperature,
  leading: number,
): ControlVariateValue {
  // The maximum is subtracted first: a large quotient would lose its last digits to rounding.
  const z = softmaxLast(tf.div(tf.sub(scores, tf.max(scores, -1, true)), temperature));
  const { value, grad } = tf.valueAndGrad(loss)(z, tf.ones(z.shape.slice(0, leading)));
  const inner = tf.sum(tf.mul(z, grad), -1, true);
  return {
    value: constant(value),
    slope: constant(tf.div(tf.mul(z, tf.sub(grad, inner)), temperature)),
  };
}

/** `scale * c`. */
export function scaled(scale: tf.Tensor | number, { value, slope }: ControlVariateValue): ControlVariateValue {
  return { value: tf.mul(scale, value), slope: tf.mul(scale, slope) };
}

/** `a + b`. */
export function added(a: ControlVariateValue, b: ControlVariateValue): ControlVariateValue {
  return { value: tf.add(a.value, b.value), slope: tf.add(a.slope, b.slope) };
}
