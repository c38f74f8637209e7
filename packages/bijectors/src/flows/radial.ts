import { broadcastShapes, customGradient, finite, isZero, Parameter, type ParameterValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { BijectorOptions, ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { JointBijector } from "../base/joint-bijector.js";

/** Parameters of a {@link Radial} flow. */
export interface RadialOptions extends BijectorOptions {
  /** The point around which the map expands or contracts. Shape `[..., D]`. */
  readonly center: ParameterValue;
  /** Raw width of the region that moves, any real number: the map uses softplus(alpha). Shape `[...]`. */
  readonly alpha: ParameterValue;
  /** Raw strength, any real number: the map uses softplus(beta) - softplus(alpha). Shape `[...]`. */
  readonly beta: ParameterValue;
}

/**
 * Radial flow, from R^D onto R^D: `x + betaHat (x - center) / (alphaHat + r)`, r = |x - center|, with
 * alphaHat = softplus(alpha) and betaHat = softplus(beta) - alphaHat > -alphaHat, so that the map is invertible for
 * every `alpha` and `beta`. It is the identity where they are equal.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`. Leading axes of the parameters are batch
 * axes: one flow for each. The inverse is a quadratic equation in r.
 * Float32: with betaHat = softplus(beta) - alphaHat every factor of the determinant is a quotient of sums of positive terms, so nothing
 * cancels; `x = center` is an ordinary point, its gradient included.
 * Rezende and Mohamed 2015, eq 14 and appendix A.2; the raw `alpha` as in Pyro.
 *
 * @example
 * ```ts
 * const flow = new Radial({ center: [0, 0], alpha: 0, beta: 2 });
 * flow.inverse(flow.forward(tf.tensor1d([1, 2]))); // [1, 2]
 * ```
 */
export class Radial extends JointBijector {
  readonly eventRank = 1;
  /** The point that stays, `[..., D]`. */
  readonly center: Parameter;
  /** The raw width, `[...]`. */
  readonly alpha: Parameter;
  /** The raw strength, `[...]`. */
  readonly beta: Parameter;

  /** @throws RangeError if a number is not finite, `center` has no axis, or the shapes do not broadcast. */
  constructor({ center, alpha, beta, validate }: RadialOptions) {
    super({ validate });
    this.center = new Parameter("Radial", "center", center, finite);
    this.alpha = new Parameter("Radial", "alpha", alpha, finite);
    this.beta = new Parameter("Radial", "beta", beta, finite);
    if ((this.center.shape.at(-1) ?? 0) < 1) {
      throw new RangeError(`Radial: center must be of shape [..., D] with D >= 1, got [${this.center.shape}]`);
    }
    broadcastShapes("Radial", this.#batchShapes);
  }

  override get parameters(): BijectorParameters {
    return { center: this.center, alpha: this.alpha, beta: this.beta };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("Radial", this.#batchShapes);
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const { alphaHat, strength } = this.#constrained();
    const offset = tf.sub(x, this.center.tensor);
    const radius = lengthOf(offset);
    const stretch = tf.div(tf.add(radius, strength), tf.add(radius, alphaHat));
    return {
      value: tf.add(this.center.tensor, tf.mul(offset, tf.expandDims(stretch, -1))),
      logDet: this.#logDet(radius, alphaHat, strength),
    };
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const { alphaHat, strength } = this.#constrained();
    const offset = tf.sub(y, this.center.tensor);
    const radius = radiusOfImage(lengthOf(offset), alphaHat, strength);
    const shrink = tf.div(tf.add(radius, alphaHat), tf.add(radius, strength));
    return {
      value: tf.add(this.center.tensor, tf.mul(offset, tf.expandDims(shrink, -1))),
      logDet: tf.neg(this.#logDet(radius, alphaHat, strength)),
    };
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const size = this.center.shape.at(-1) as number;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as the center`;
  }

  get #batchShapes(): Record<string, readonly number[]> {
    return {
      "center without its last axis": this.center.shape.slice(0, -1),
      alpha: this.alpha.shape,
      beta: this.beta.shape,
    };
  }

  /** alphaHat, and betaHat + alphaHat as `strength`: both > 0, also where softplus rounds to 0. */
  #constrained(): { alphaHat: tf.Tensor; strength: tf.Tensor } {
    return {
      alphaHat: tf.maximum(tf.softplus(this.alpha.tensor), SMALLEST_WIDTH),
      strength: tf.maximum(tf.softplus(this.beta.tensor), SMALLEST_WIDTH),
    };
  }

  /**
   * D-1 directions on the sphere are stretched by (r + s) / (r + a), the radius by
   * d/dr r (r + s) / (r + a) = (r^2 + 2 a r + a s) / (r + a)^2, where a = alphaHat and s = strength.
   */
  #logDet(radius: tf.Tensor, alphaHat: tf.Tensor, strength: tf.Tensor): tf.Tensor {
    const width = tf.add(radius, alphaHat);
    const stretch = tf.div(tf.add(radius, strength), width);
    // By quotients: a s and (r + a)^2 themselves may underflow.
    const ofRadius = tf.mul(tf.div(radius, width), tf.div(tf.add(width, alphaHat), width));
    const ofCenter = tf.mul(tf.div(alphaHat, width), tf.div(strength, width));
    const across = tf.mul((this.center.shape.at(-1) as number) - 1, tf.log(stretch));
    return tf.add(across, tf.log(tf.add(ofRadius, ofCenter)));
  }
}

/** Lower bound of alphaHat and strength: softplus(-41), whose square and its reciprocal are float32 numbers. */
const SMALLEST_WIDTH = 1e-18;

/** |v| over the last axis, with the gradient 0 at v = 0, where the gradient of tf.sqrt is infinite. */
function lengthOf(v: tf.Tensor): tf.Tensor {
  return customGradient(
    [v],
    (each) => {
      const value = tf.sqrt(tf.sum(tf.square(each), -1));
      return { value, saved: [each, value] };
    },
    (dy, ...saved) => {
      const [each, length] = saved as [tf.Tensor, tf.Tensor];
      return [tf.mul(tf.expandDims(tf.div(dy, tf.add(length, isZero(length))), -1), each)];
    },
  );
}

/** The root r >= 0 of r (r + strength) / (r + alphaHat) = length, i.e. of r^2 + (strength - length) r - alphaHat length = 0. */
function radiusOfImage(length: tf.Tensor, alphaHat: tf.Tensor, strength: tf.Tensor): tf.Tensor {
  const half = tf.mul(0.5, tf.sub(length, strength));
  const root = tf.sqrt(tf.add(tf.square(half), tf.mul(alphaHat, length)));
  // half + root cancels for half < 0; there the product of the two roots, -alphaHat length, gives the wanted root.
  const isPositive = tf.step(half);
  const larger = tf.add(tf.mul(half, tf.sub(tf.mul(2, isPositive), 1)), root);
  const quotient = tf.div(tf.mul(alphaHat, length), larger);
  return tf.add(tf.mul(isPositive, larger), tf.mul(tf.sub(1, isPositive), quotient));
}
