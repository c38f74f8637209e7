import { detached, Parameter, type ParameterValue, rangeError, simplexError, unitInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { BijectorOptions, ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { oneHotOfLargest } from "../base/last-axis.js";
import { floorLog, logOfNonNegative } from "../base/log-space.js";
import { SimplexBijector } from "./simplex-bijector.js";

/** Parameters of {@link VertexInterpolation}. */
export interface VertexInterpolationOptions extends BijectorOptions {
  /** Temperature, in (0, 1]; at 1 the map is the identity. A tensor broadcasts against the batch axes of `x`. */
  readonly temperature: ParameterValue;
}

/**
 * Moves a point of the simplex towards its nearest vertex: `temperature * x + (1 - temperature) * P(x)`, where P(x) is
 * the one-hot vector of the largest of all K coordinates (the first of equal coordinates).
 *
 * Shapes: `[..., K] -> [..., K]`, K >= 2; log-determinants `[...]`, `(K-1) log temperature`, with respect to the first
 * K-1 coordinates. Not continuous where two coordinates tie for the largest.
 * The image is one small simplex at each vertex, not the whole simplex. Outside of it `inverse` returns some finite
 * point and `inverseLogDetJacobian` -Infinity, since the log-density is -Infinity there; `validate: 'values'` rejects
 * such points. Potapczynski, Loaiza-Ganem and Cunningham 2020, eq 23, where `x` is StickBreaking after Sigmoid.
 *
 * @example
 * ```ts
 * const towardsVertex = new VertexInterpolation({ temperature: 0.5 });
 * towardsVertex.forward(tf.tensor1d([0.5, 0.3, 0.2])); // [0.75, 0.15, 0.1]
 * ```
 */
export class VertexInterpolation extends SimplexBijector {
  /** Temperature, `[...batch]`. */
  readonly temperature: Parameter;

  /** @throws RangeError unless `temperature` lies in (0, 1]. */
  constructor({ temperature, validate }: VertexInterpolationOptions) {
    super({ validate });
    this.temperature = new Parameter("VertexInterpolation", "temperature", temperature, unitInterval);
  }

  override get parameters(): BijectorParameters {
    return { temperature: this.temperature };
  }

  override get batchShape(): readonly number[] {
    return this.temperature.shape;
  }

  /** `forwardLog(exp(logX))`, without the exponential: for a {@link Chain} whose earlier maps give log x. */
  forwardLogFromLog(logX: tf.Tensor | tf.TensorLike): ValueAndLogDet {
    return this.runJoint("forwardLogFromLog", "logX", logX, (input) => this.#logFromLog(input));
  }

  /** `log(inverse(exp(logY)))`, without exponential and logarithm: the inverse of {@link forwardLogFromLog}. */
  inverseLogFromLog(logY: tf.Tensor | tf.TensorLike): ValueAndLogDet {
    return this.runJoint("inverseLogFromLog", "logY", logY, (input) => this.#logInverseFromLog(input));
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    const temperature = this.temperature.column;
    const vertex = detached(oneHotOfLargest, x);
    return tf.add(tf.mul(temperature, x), tf.mul(tf.sub(1, temperature), vertex));
  }

  protected _forwardLog(x: tf.Tensor): tf.Tensor {
    return this.#logFromLog(logOfNonNegative(x)).value;
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return tf.mul((x.shape.at(-1) as number) - 1, tf.log(this.temperature.tensor));
  }

  protected _inverseFromLog(logY: tf.Tensor): tf.Tensor {
    return tf.exp(this.#logInverseFromLog(logY).value);
  }

  protected override _inverseFromLogAndLogDet(logY: tf.Tensor): ValueAndLogDet {
    const { value, logDet } = this.#logInverseFromLog(logY);
    return { value: tf.exp(value), logDet };
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    return (event[0] as number) < 2 ? "at least 2 categories on its last axis" : undefined;
  }

  protected override _forwardValueError(x: tf.Tensor): string | undefined {
    return simplexError(x);
  }

  protected override _inverseValueError(y: tf.Tensor): string | undefined {
    const outside = tf.tidy(() => this.#isOutside(tf.log(y)));
    const image = "points near enough to a vertex to be in the image of the interpolation";
    return simplexError(y) ?? rangeError(outside, `${image} (rows marked 0)`, (mark) => mark === 0);
  }

  #logFromLog(logX: tf.Tensor): ValueAndLogDet {
    const floored = floorLog(logX);
    const temperature = this.temperature.column;
    const vertex = detached(oneHotOfLargest, floored);
    const others = tf.sub(1, vertex);
    const sumOfOthers = tf.sum(tf.mul(others, tf.exp(floored)), -1, true);
    // The largest coordinate from the sum of the others, 1 - temperature * sum, which is exact however close it is to
    // 1.
    const largest = tf.log1p(tf.neg(tf.mul(temperature, sumOfOthers)));
    const value = tf.add(tf.mul(others, tf.add(tf.log(temperature), floored)), tf.mul(vertex, largest));
    return { value, logDet: this._forwardLogDetJacobian(logX) };
  }

  #logInverseFromLog(logY: tf.Tensor): ValueAndLogDet {
    const floored = floorLog(logY);
    const temperature = this.temperature.column;
    const vertex = detached(oneHotOfLargest, floored);
    const others = tf.sub(1, vertex);
    const sumOfOthers = tf.div(tf.sum(tf.mul(others, tf.exp(floored)), -1, true), temperature);
    const largest = tf.log1p(tf.neg(tf.minimum(sumOfOthers, 1 - 2 ** -24)));
    const value = tf.add(tf.mul(others, tf.sub(floored, tf.log(temperature))), tf.mul(vertex, largest));
    const outside = detached((each) => {
      const isOutside = this.#isOutside(each);
      return tf.where(isOutside, tf.fill(isOutside.shape, Number.NEGATIVE_INFINITY), tf.zeros(isOutside.shape));
    }, floored);
    return { value, logDet: tf.sub(outside, this._forwardLogDetJacobian(logY)) };
  }

  /** Marks points whose largest coordinate would not be the largest before the interpolation. */
  #isOutside(logY: tf.Tensor): tf.Tensor {
    const temperature = this.temperature.column;
    const others = tf.mul(tf.sub(1, oneHotOfLargest(logY)), tf.exp(logY));
    const largestBefore = tf.sub(1, tf.div(tf.sum(others, -1, true), temperature));
    const otherBefore = tf.div(tf.max(others, -1, true), temperature);
    return tf.squeeze(tf.greater(tf.sub(otherBefore, largestBefore), IMAGE_TOLERANCE), [-1]);
  }
}

/** Tolerance at the edge of the image, in coordinates before the interpolation, for float32 rounding of y. */
const IMAGE_TOLERANCE = 1e-5;
