import { rangeError } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/**
 * `log(1 + exp(x))`, from the real line onto the positive numbers.
 * Shapes: `[...] -> [...]`, elementwise (event rank 0): log-determinants keep the input's shape.
 * In float32 `forward` rounds to 0 below -103; the log-determinant, log sigmoid(x), stays exact.
 *
 * @example
 * ```ts
 * new Softplus().forward(tf.tensor1d([-1, 0, 1])); // [0.3133, 0.6931, 1.3133]
 * ```
 */
export class Softplus extends Bijector {
  readonly eventRank = 0;

  override get parameters(): BijectorParameters {
    return {};
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.softplus(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.add(y, logOneMinusExp(y));
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return tf.neg(tf.softplus(tf.neg(x)));
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const logSlope = logOneMinusExp(y);
    return { value: tf.add(y, logSlope), logDet: tf.neg(logSlope) };
  }

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    return rangeError(y, "values > 0", (value) => value > 0);
  }
}

/** log(1 - exp(-y)) for y > 0, exact at both ends: 1 - exp(-y) = tanh(y / 2) (1 + exp(-y)). */
function logOneMinusExp(y: tf.Tensor): tf.Tensor {
  return tf.add(tf.log(tf.tanh(tf.div(y, 2))), tf.softplus(tf.neg(y)));
}
