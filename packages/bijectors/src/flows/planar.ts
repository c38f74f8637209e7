import { broadcastShapes, finite, nonZeroVector, Parameter, type ParameterValue } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type BijectorOptions, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";
import { logSoftplus } from "../base/log-space.js";
import { logSlopeOfTanhStep, rootOfTanhStep } from "./tanh-step.js";

/** Parameters of a {@link Planar} flow. */
export interface PlanarOptions extends BijectorOptions {
  /** Raw direction of the displacement, any real vector: the map uses uHat. Shape `[..., D]`. */
  readonly u: ParameterValue;
  /** Normal of the planes of equal displacement, not 0. Shape `[..., D]`. */
  readonly w: ParameterValue;
  /** Offset of the planes; 0 by default. Shape `[...]`. */
  readonly b?: ParameterValue;
}

/**
 * Planar flow, from R^D onto R^D: `x + uHat tanh(w.x + b)` with
 * `uHat = u + (softplus(w.u) - 1 - w.u) w / |w|^2`, so that w.uHat > -1 and the map is invertible for every `u`.
 *
 * Shapes: `[..., D] -> [..., D]` (event rank 1); log-determinants `[...]`. Leading axes of the parameters are batch
 * axes: one flow for each. The inverse has no closed form; it is a bracketed root search of fixed length on one number
 * per event; its gradient comes from the implicit function theorem.
 * Float32: log-determinants and their gradients are exact however close w.uHat is to -1, where 1 + tanh'(a) w.uHat
 * rounds to 0. `w` = 0 has no uHat: the constructor rejects it as numbers, and as a tensor under `validate: 'values'`.
 * Rezende and Mohamed 2015, eq 10 and appendix A.1 (there -1 + softplus, and the division is by |w|^2).
 *
 * @example
 * ```ts
 * const flow = new Planar({ u: tf.variable(tf.tensor1d([1, 0.5])), w: tf.variable(tf.tensor1d([0.3, -1])), b: 0.1 });
 * flow.inverse(flow.forward(tf.tensor1d([1, 2]))); // [1, 2]
 * flow.trainableVariables.length; // 2
 * ```
 */
export class Planar extends Bijector {
  readonly eventRank = 1;
  /** The raw direction, `[..., D]`. */
  readonly u: Parameter;
  /** The normal, `[..., D]`. */
  readonly w: Parameter;
  /** The offset, `[...]`. */
  readonly b: Parameter;

  /** @throws RangeError if a number is not finite, `w` is 0, `u` and `w` differ in size, or the shapes do not broadcast. */
  constructor({ u, w, b = 0, validate }: PlanarOptions) {
    super({ validate });
    this.u = new Parameter("Planar", "u", u, finite);
    this.w = new Parameter("Planar", "w", w, nonZeroVector);
    this.b = new Parameter("Planar", "b", b, finite);
    const size = this.w.shape.at(-1);
    if (size === undefined || size < 1 || this.u.shape.at(-1) !== size) {
      throw new RangeError(
        `Planar: u and w must be of shape [..., D] with one D >= 1, got [${this.u.shape}] and [${this.w.shape}]`,
      );
    }
    broadcastShapes("Planar", this.#batchShapes);
  }

  override get parameters(): BijectorParameters {
    return { u: this.u, w: this.w, b: this.b };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("Planar", this.#batchShapes);
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, this.#displacement(this.#activation(x)));
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return tf.sub(y, this.#displacement(this.#activationOfImage(y)));
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return logSlopeOfTanhStep(this.#activation(x), this.#logStrength());
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    const a = this.#activation(x);
    return { value: tf.add(x, this.#displacement(a)), logDet: logSlopeOfTanhStep(a, this.#logStrength()) };
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    const a = this.#activationOfImage(y);
    return { value: tf.sub(y, this.#displacement(a)), logDet: tf.neg(logSlopeOfTanhStep(a, this.#logStrength())) };
  }

  protected override _forwardSizeError(event: readonly number[]): string | undefined {
    const size = this.w.shape.at(-1) as number;
    return event[0] === size ? undefined : `${size} coordinates on its last axis, as many as u and w`;
  }

  get #batchShapes(): Record<string, readonly number[]> {
    return {
      "u without its last axis": this.u.shape.slice(0, -1),
      "w without its last axis": this.w.shape.slice(0, -1),
      b: this.b.shape,
    };
  }

  /** w.u, shape `[...]`. */
  #alignment(): tf.Tensor {
    return tf.sum(tf.mul(this.w.tensor, this.u.tensor), -1);
  }

  /** log(1 + w.uHat) = log softplus(w.u). */
  #logStrength(): tf.Tensor {
    return logSoftplus(this.#alignment());
  }

  /** a = w.x + b. */
  #activation(x: tf.Tensor): tf.Tensor {
    return tf.add(tf.sum(tf.mul(this.w.tensor, x), -1), this.b.tensor);
  }

  /** The `a` of the pre-image of y: the root of a + w.uHat tanh(a) = w.y + b, since y - uHat tanh(a) is x. */
  #activationOfImage(y: tf.Tensor): tf.Tensor {
    const target = this.#activation(y);
    return rootOfTanhStep(target, this.#logStrength());
  }

  /** uHat tanh(a), shape `[..., D]`. */
  #displacement(a: tf.Tensor): tf.Tensor {
    const w = this.w.tensor;
    const alignment = tf.expandDims(this.#alignment(), -1);
    const excess = tf.sub(tf.sub(tf.softplus(alignment), 1), alignment);
    const squaredNorm = tf.sum(tf.square(w), -1, true);
    const uHat = tf.add(this.u.tensor, tf.mul(excess, tf.div(w, squaredNorm)));
    return tf.mul(uHat, tf.expandDims(tf.tanh(a), -1));
  }
}
