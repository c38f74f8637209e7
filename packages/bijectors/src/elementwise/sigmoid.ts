import { rangeError } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/**
 * Logistic sigmoid, from the real line onto (0, 1).
 * Shapes: `[...] -> [...]`, elementwise (event rank 0): log-determinants keep the input's shape.
 * In float32 `forward` rounds to 1 above 17.3 and the inverse of that 1 is Infinity; the log-determinant stays exact.
 * {@link Chain} fuses `[StickBreaking, Sigmoid]` into one map that never forms the rounded value.
 *
 * @example
 * ```ts
 * new Sigmoid().forward(tf.tensor1d([-1, 0, 1])); // [0.2689, 0.5, 0.7311]
 * ```
 */
export class Sigmoid extends Bijector {
  readonly eventRank = 0;

  override get parameters(): BijectorParameters {
    return {};
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.sigmoid(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.sub(tf.log(y), tf.log1p(tf.neg(y)));
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    // log(s (1 - s)) by its two softplus tails: once s rounds to 1, log(1 - s) would be -Infinity.
    return tf.neg(tf.add(tf.softplus(x), tf.softplus(tf.neg(x))));
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const [logY, logRest] = [tf.log(y), tf.log1p(tf.neg(y))];
    return { value: tf.sub(logY, logRest), logDet: tf.neg(tf.add(logY, logRest)) };
  }

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    return rangeError(y, "values in (0, 1)", (value) => value > 0 && value < 1);
  }
}
