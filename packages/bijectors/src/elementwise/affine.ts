import { broadcastShapes, finite, nonZero, Parameter, type ParameterValue, quotient } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Bijector, type BijectorOptions } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/** Parameters of an {@link Affine} map. */
export interface AffineOptions extends BijectorOptions {
  /** Added last; 0 by default. A tensor broadcasts against `x`. */
  readonly shift?: ParameterValue;
  /** Multiplies `x`, not 0, may be negative; 1 by default. A tensor broadcasts against `x`. */
  readonly scale?: ParameterValue;
}

/**
 * `scale * x + shift`, from the real line onto itself.
 * Shapes: `[...] -> [...]`, elementwise (event rank 0): log-determinants, log |scale|, have the broadcast shape of the
 * input and the parameters. Exact in float32 up to one rounding of the product and one of the sum.
 *
 * @example
 * ```ts
 * new Affine({ shift: 1, scale: [2, -3] }).forward(tf.tensor1d([1, 1])); // [3, -2]
 * ```
 */
export class Affine extends Bijector {
  readonly eventRank = 0;
  /** The shift. */
  readonly shift: Parameter;
  /** The scale. */
  readonly scale: Parameter;

  /** @throws RangeError if `scale` holds a 0, a number is not finite, or the shapes do not broadcast. */
  constructor({ shift = 0, scale = 1, validate }: AffineOptions = {}) {
    super({ validate });
    this.shift = new Parameter("Affine", "shift", shift, finite);
    this.scale = new Parameter("Affine", "scale", scale, nonZero);
    broadcastShapes("Affine", { shift: this.shift.shape, scale: this.scale.shape });
  }

  override get parameters(): BijectorParameters {
    return { shift: this.shift, scale: this.scale };
  }

  override get batchShape(): readonly number[] {
    return broadcastShapes("Affine", { shift: this.shift.shape, scale: this.scale.shape });
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return tf.add(tf.mul(this.scale.tensor, x), this.shift.tensor);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return quotient(tf.sub(y, this.shift.tensor), this.scale.tensor);
  }

  protected _forwardLogDetJacobian(): tf.Tensor {
    return tf.log(tf.abs(this.scale.tensor));
  }
}
