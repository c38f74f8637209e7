import {
  alongLast,
  broadcastShapes,
  broadcastTensor,
  concatLast,
  detached,
  Parameter,
  type ParameterValue,
  positive,
  simplexError,
  sliceLast,
  softmaxLast,
} from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { BijectorOptions, ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { floorLog } from "../base/log-space.js";
import { SimplexBijector } from "./simplex-bijector.js";

/** Parameters of {@link SoftmaxPlusPlus}. */
export interface SoftmaxPlusPlusOptions extends BijectorOptions {
  /**
   * Temperature, > 0. Lower temperatures move results towards the vertices. A tensor broadcasts against the batch axes
   * of `x`.
   */
  readonly temperature: ParameterValue;
  /**
   * Weight of the remainder, the last category, > 0; 0.1 by default. A tensor broadcasts against the batch axes of `x`.
   */
  readonly delta?: ParameterValue;
}

/**
 * softmax++: from R^(K-1) onto the open simplex of K categories,
 * `y_k = exp(x_k / temperature) / (sum_j exp(x_j / temperature) + delta)` for k < K; the last category is the remainder.
 * It is the softmax of `(x_1 / temperature, ..., x_(K-1) / temperature, log delta)`.
 *
 * Shapes: `[..., K-1] -> [..., K]`, K >= 2; log-determinants `[...]`, with respect to the first K-1 coordinates of y.
 * Float32: for `x / temperature` up to +-1e4, results, log-determinants and gradients are finite; coordinates below
 * 1e-38 round to 0, where {@link forwardLog} stays exact. The inverse of an exact 0 is the limit, about -1e30.
 * Potapczynski, Loaiza-Ganem and Cunningham 2020, eq 21; the log-determinant by the matrix determinant lemma in O(K).
 *
 * @example
 * ```ts
 * const toSimplex = new SoftmaxPlusPlus({ temperature: 0.5 });
 * toSimplex.forward(tf.tensor1d([0.2, -0.3])); // [0.6969, 0.2564, 0.0467]
 * ```
 */
export class SoftmaxPlusPlus extends SimplexBijector {
  /** Temperature, `[...batch]`. */
  readonly temperature: Parameter;
  /** Weight of the remainder, `[...batch]`. */
  readonly delta: Parameter;

  /** @throws RangeError unless `temperature` and `delta` are finite numbers > 0. */
  constructor({ temperature, delta = 0.1, validate }: SoftmaxPlusPlusOptions) {
    super({ validate });
    this.temperature = new Parameter("SoftmaxPlusPlus", "temperature", temperature, positive);
    this.delta = new Parameter("SoftmaxPlusPlus", "delta", delta, positive);
  }

  override get parameters(): BijectorParameters {
    return { temperature: this.temperature, delta: this.delta };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("SoftmaxPlusPlus", { temperature: this.temperature.shape, delta: this.delta.shape });
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return softmaxLast(this.#logits(x));
  }

  protected _forwardLog(x: tf.Tensor): tf.Tensor {
    // log z = (t - max) - log sum exp(t - max), and not t - logSumExp(t), which is off by 5e-4 at |t| = 1e4.
    const logits = this.#logits(x);
    return tf.sub(logits, alongLast(tf.log(tf.sum(tf.exp(logits), -1, true)), logits));
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this.#logDet(this._forwardLog(x));
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const logits = this.#logits(x);
    const exponentials = tf.exp(logits);
    const total = tf.sum(exponentials, -1, true);
    return {
      value: tf.div(exponentials, alongLast(total, logits)),
      logDet: this.#logDet(tf.sub(logits, alongLast(tf.log(total), logits))),
    };
  }

  protected override _forwardLogAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const value = this._forwardLog(x);
    return { value, logDet: this.#logDet(value) };
  }

  protected _inverseFromLog(logY: tf.Tensor): tf.Tensor {
    const floored = floorLog(logY);
    const sticks = (logY.shape.at(-1) as number) - 1;
    const kept = sliceLast(floored, 0, sticks);
    const remainder = sliceLast(floored, sticks, 1);
    return tf.mul(this.temperature.column, tf.add(tf.sub(kept, alongLast(remainder, kept)), tf.log(this.delta.column)));
  }

  protected override _inverseFromLogAndLogDet(logY: tf.Tensor): ValueAndLogDet {
    return { value: this._inverseFromLog(logY), logDet: tf.neg(this.#logDet(floorLog(logY))) };
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

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    return simplexError(y);
  }

  /** `(x_1, ..., x_(K-1), temperature log delta)`, less the largest of them, by temperature: K logits, one of them 0. */
  #logits(x: tf.Tensor): tf.Tensor {
    const temperature = this.temperature.column;
    const batch = broadcastShapes("SoftmaxPlusPlus", { x: x.shape.slice(0, -1), "the parameters": this.batchShape });
    const sticks = broadcastTensor(x, [...batch, x.shape.at(-1) as number]);
    const remainder = broadcastTensor(tf.mul(temperature, tf.log(this.delta.column)), [...batch, 1]);
    const all = concatLast([sticks, remainder]);
    // The maximum is subtracted first, since rounding x / temperature alone would cost 5e-4 at 1e4. It is a constant:
    // the result does not depend on it, and the gradient of tf.max at a tie is not a subgradient.
    const largest = detached((each) => tf.max(each, -1, true), all);
    return tf.div(tf.sub(all, alongLast(largest, all)), temperature);
  }

  /** J = (diag(y) - y y^T) / temperature on K-1 coordinates, so |det J| = y_1 ... y_K / temperature^(K-1). */
  #logDet(logY: tf.Tensor): tf.Tensor {
    const dimension = (logY.shape.at(-1) as number) - 1;
    return tf.sub(tf.sum(logY, -1), tf.mul(dimension, tf.log(this.temperature.tensor)));
  }
}
