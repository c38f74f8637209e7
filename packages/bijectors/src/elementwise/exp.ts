import { rangeError } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/**
 * Exponential, from the real line onto the positive numbers.
 * Shapes: `[...] -> [...]`, elementwise (event rank 0): log-determinants keep the input's shape.
 * In float32 `forward` overflows above 88.7 and rounds to 0 below -103; the log-determinant `x` stays exact.
 *
 * @example
 * ```ts
 * new Exp().forward(tf.tensor1d([0, 1])); // [1, 2.7183]
 * ```
 */
export class Exp extends Bijector {
  readonly eventRank = 0;

  override get parameters(): BijectorParameters {
    return {};
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.exp(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.log(y);
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return x;
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const value = tf.log(y);
    return { value, logDet: tf.neg(value) };
  }

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    return rangeError(y, "values > 0", (value) => value > 0);
  }
}
