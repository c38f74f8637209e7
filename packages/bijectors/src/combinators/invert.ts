import type * as tf from "@tensorflow/tfjs-core";
import { Bijector, type ValueAndLogDet } from "../base/bijector.js";
import type { BijectorParameters } from "../base/bijector-parameters.js";

/**
 * The inverse of a bijector as a bijector: `forward` is the bijector's `inverse`, and vice versa.
 * Shapes, domain and precision are those of the bijector, with x and y exchanged.
 *
 * @example
 * ```ts
 * new Invert(new Exp()).forward(tf.tensor1d([1, Math.E])); // [0, 1]
 * ```
 */
export class Invert extends Bijector {
  /** The map whose inverse this is. */
  readonly bijector: Bijector;
  readonly eventRank: number;

  /** @param bijector The map to invert. It keeps its own `validate`. */
  constructor(bijector: Bijector) {
    super({ validate: bijector.validate });
    this.bijector = bijector;
    this.eventRank = bijector.eventRank;
  }

  override get parameters(): BijectorParameters {
    return { bijector: this.bijector };
  }

  override get batchShape(): readonly number[] {
    return this.bijector.batchShape;
  }

  protected _forward(x: tf.Tensor): tf.Tensor {
    return this.bijector.inverse(x);
  }

  protected _inverse(y: tf.Tensor): tf.Tensor {
    return this.bijector.forward(y);
  }

  protected _forwardLogDetJacobian(x: tf.Tensor): tf.Tensor {
    return this.bijector.inverseLogDetJacobian(x);
  }

  protected override _forwardAndLogDet(x: tf.Tensor): ValueAndLogDet {
    return this.bijector.inverseAndLogDet(x);
  }

  protected override _inverseAndLogDet(y: tf.Tensor): ValueAndLogDet {
    return this.bijector.forwardAndLogDet(y);
  }

  protected override _forwardEventShape(event: readonly number[]): number[] {
    return this.bijector.inverseEventShape(event);
  }

  protected override _inverseEventShape(event: readonly number[]): number[] {
    return this.bijector.forwardEventShape(event);
  }
}
