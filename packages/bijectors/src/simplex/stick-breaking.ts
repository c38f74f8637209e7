import { concatLast, isZero, rangeError, simplexError, sliceLast, softmaxLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { logSumExpFrom, sumBefore } from "../base/last-axis.js";
import { floorLog, LOG_ZERO, logOfNonNegative } from "../base/log-space.js";
import { SimplexBijector } from "./simplex-bijector.js";

/**
 * Stick-breaking, from (0, 1)^(K-1) onto the open simplex of K categories: `y_k = u_k prod_{i<k} (1 - u_i)` for k < K,
 * where `u_k` is the share of the remaining stick, of total length 1; the last category is the rest.
 *
 * Shapes: `[..., K-1] -> [..., K]`, K >= 2; log-determinants `[...]`, with respect to the first K-1 coordinates of y.
 * Float32: products are cumulative sums of log(1 - u), so K may be 1,000. `u` itself rounds to 1 from a logit of 17:
 * where `u` is a sigmoid, use `new Chain([new StickBreaking(), new Sigmoid()])`, which works on the logits.
 * There is no offset log(K - k) as in Stan, torch and TFP, where a zero pre-image maps to the centre of the simplex.
 * Potapczynski, Loaiza-Ganem and Cunningham 2020, eq 22 with its misprint corrected: the product is over (1 - u_i).
 *
 * @example
 * ```ts
 * new StickBreaking().forward(tf.tensor1d([0.5, 0.5])); // [0.5, 0.25, 0.25]
 * ```
 */
export class StickBreaking extends SimplexBijector {
  override get parameters(): BijectorParameters {
    return {};
  }

  protected _forward(u: tf.Tensor): tf.Tensor {
    return softmaxLast(this._forwardLog(u));
  }

  protected _forwardLog(u: tf.Tensor): tf.Tensor {
    return logSticks(logOfNonNegative(u), logOneMinus(u));
  }

  protected _forwardLogDetJacobian(u: tf.Tensor): tf.Tensor {
    // Triangular: dy_k / du_k = prod_{i<k} (1 - u_i).
    return tf.sum(sumBefore(logOneMinus(u)), -1);
  }

  protected _inverseFromLog(logY: tf.Tensor): tf.Tensor {
    return this._inverseFromLogAndLogDet(logY).value;
  }

  protected override _inverseFromLogAndLogDet(logY: tf.Tensor): ValueAndLogDet {
    const floored = floorLog(logY);
    const sticks = (logY.shape.at(-1) as number) - 1;
    const logLeft = sliceLast(logSumExpFrom(floored), 0, sticks);
    return {
      value: tf.exp(tf.sub(sliceLast(floored, 0, sticks), logLeft)),
      logDet: tf.neg(tf.sum(logLeft, -1)),
    };
  }

  protected override _forwardEventShape(event: readonly number[]): number[] {
    return [(event[0] as number) + 1];
  }

  protected override _inverseEventShape(event: readonly number[]): number[] {
    return [(event[0] as number) - 1];
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    return (event[0] as number) < 1 ? "at least 1 coordinate (K = 2 categories) on its last axis" : undefined;
  }

  protected override _inverseSizeError(event: readonly number[]): string | undefined {
    return (event[0] as number) < 2 ? "at least 2 categories on its last axis" : undefined;
  }

  protected override _forwardValueError(u: tf.Tensor): string | undefined {
    return rangeError(u, "values in (0, 1)", (value) => value > 0 && value < 1);
  }

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    return simplexError(y);
  }
}

/**
 * `StickBreaking` after `Sigmoid` as one map from R^(K-1), in log space throughout: log u = -softplus(-x) and log(1 -
 * u) = -softplus(x). {@link Chain} replaces that pair by this map.
 */
export class StickBreakingOfLogits extends StickBreaking {
  protected override _forwardLog(x: tf.Tensor): tf.Tensor {
    return logSticks(tf.neg(tf.softplus(tf.neg(x))), tf.neg(tf.softplus(x)));
  }

  protected override _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    // Triangular: dy_k / dx_k = u_k (1 - u_k) prod_{i<k} (1 - u_i). The product over k is y_1 ... y_K.
    return tf.sum(this._forwardLog(x), -1);
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const logY = this._forwardLog(x);
    return { value: softmaxLast(logY), logDet: tf.sum(logY, -1) };
  }

  protected override _forwardLogAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const value = this._forwardLog(x);
    return { value, logDet: tf.sum(value, -1) };
  }

  protected override _inverseFromLogAndLogDet(logY: tf.Tensor): ValueAndLogDet {
    const floored = floorLog(logY);
    const sticks = (logY.shape.at(-1) as number) - 1;
    const logBeyond = sliceLast(logSumExpFrom(floored), 1, sticks);
    return { value: tf.sub(sliceLast(floored, 0, sticks), logBeyond), logDet: tf.neg(tf.sum(floored, -1)) };
  }

  protected override _forwardValueError(): undefined {
    return undefined;
  }
}

function logSticks(logShare: tf.Tensor, logRest: tf.Tensor): tf.Tensor {
  const before = sumBefore(logRest);
  return concatLast([tf.add(logShare, before), tf.sum(logRest, -1, true)]);
}

/** log(1 - u) for `u <= 1`, with LOG_ZERO and a gradient of 0 where u is exactly 1. */
function logOneMinus(u: tf.Tensor): tf.Tensor {
  const isOne = isZero(tf.sub(1, u));
  return tf.add(tf.log1p(tf.mul(tf.neg(u), tf.sub(1, isOne))), tf.mul(isOne, LOG_ZERO));
}
