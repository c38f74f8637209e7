import { concatLast, detached, rangeError, simplexError, sliceLast, sumTolerance } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/**
 * From the simplex of K categories onto its first K-1 coordinates, `{y : y_k > 0, sum_k y_k < 1}` in R^(K-1): it drops
 * the last coordinate, and the inverse restores it as 1 minus the sum of the others.
 *
 * Shapes: `[..., K] -> [..., K-1]`, K >= 2 (event rank 1); log-determinants `[...]`, all 0 by convention. Outside the
 * image `inverse` returns some finite point and `inverseLogDetJacobian` -Infinity, since the log-density is -Infinity
 * there; `validate: 'values'` rejects such points. A coordinate that float32 rounding moved to 0 or just below counts
 * as inside; the inverse replaces it by 2^-24.
 *
 * @example
 * ```ts
 * new OpenSimplex().forward(tf.tensor1d([0.5, 0.3, 0.2])); // [0.5, 0.3]
 * new OpenSimplex().inverse(tf.tensor1d([0.5, 0.3])); // [0.5, 0.3, 0.2]
 * ```
 */
export class OpenSimplex extends Bijector {
  readonly eventRank = 1;

  override get parameters(): BijectorParameters {
    return {};
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return sliceLast(x, 0, (x.shape.at(-1) as number) - 1);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    const kept = liftToPositive(y);
    return concatLast([kept, liftToPositive(tf.sub(1, tf.sum(kept, -1, true)))]);
  }

  protected _forwardLogDetJacobian(): tf.Tensor {
    return tf.scalar(0);
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const tolerance = imageTolerance(y.shape.at(-1) as number);
    const logDet = detached((each) => {
      const negative = tf.less(tf.min(each, -1), -tolerance);
      const tooLong = tf.greater(tf.sum(each, -1), 1 + tolerance);
      const outside = tf.logicalOr(negative, tooLong);
      return tf.where(outside, tf.fill(outside.shape, Number.NEGATIVE_INFINITY), tf.zeros(outside.shape));
    }, y);
    return { value: this._inverse(y), logDet };
  }

  protected override _forwardEventShape(event: readonly number[]): number[] {
    return [(event[0] as number) - 1];
  }

  protected override _inverseEventShape(event: readonly number[]): number[] {
    return [(event[0] as number) + 1];
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    return (event[0] as number) < 2 ? "at least 2 categories on its last axis" : undefined;
  }

  protected override _inverseSizeError(event: readonly number[]): string | undefined {
    return (event[0] as number) < 1 ? "at least 1 coordinate (K = 2 categories) on its last axis" : undefined;
  }

  protected override _forwardValueError(x: tf.Tensor): string | undefined {
    return simplexError(x);
  }

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    const tolerance = imageTolerance(y.shape.at(-1) as number);
    const sums = tf.tidy(() => tf.sum(y, -1));
    return (
      rangeError(y, "coordinates > 0", (value) => value > -tolerance) ??
      rangeError(sums, "coordinates whose sum is below 1", (value) => value < 1 + tolerance)
    );
  }
}

/** Coordinates that passed through a softmax and back are off by a few units in the last place of 1. */
function imageTolerance(coordinates: number): number {
  return 4 * sumTolerance(coordinates);
}

/** Replaces numbers that are not positive by the resolution of float32 at 1, with a gradient of 0 there. */
function liftToPositive(y: tf.Tensor): tf.Tensor {
  const isPositive = detached((each) => tf.cast(tf.greater(each, 0), "float32"), y);
  return tf.add(tf.mul(y, isPositive), tf.mul(tf.sub(1, isPositive), 2 ** -24));
}
