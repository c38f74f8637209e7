import { checkNumber, finite } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { type ControlVariateValue, relaxedLoss, scaled } from "./control-variate.js";
import type { Loss } from "./gradient-estimator.js";
import { GumbelControl, type GumbelControlOptions } from "./gumbel-control.js";
import { checkTemperature, type Temperature } from "./temperature.js";

/** Parameters of {@link Rebar}. */
export interface RebarOptions extends GumbelControlOptions {
  /** Temperature of the relaxed loss, > 0. It changes the variance, never the expectation. */
  readonly temperature: Temperature;
  /**
   * Factor of the relaxed loss; 1 by default. A variable is learned with the model: its gradient is that of the
   * estimate's squared norm (`trainableVariables`). The caller owns and disposes the variable.
   */
  readonly scale?: number | tf.Variable;
}

/**
 * REBAR (Tucker, Mnih, Maddison, Lawson and Sohl-Dickstein 2017): REINFORCE with the loss at a Gumbel-Softmax draw as
 * its control variate. Unbiased; the loss must have a gradient with respect to z, also between vertices.
 *
 * The temperature is fixed: learning it needs second derivatives of the loss, which tfjs lacks.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.square(tf.sub(tf.sum(tf.mul(z, [0, 0.5, 1]), 1), 0.45)));
 * const estimator = new Rebar({ temperature: 0.5 });
 * const surrogate = (logits) =>
 *   estimator.surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.zeros([2, 3])); // an estimate, [2, 3]
 * ```
 */
export class Rebar extends GumbelControl {
  readonly needsLossGradient = true;
  /** Temperature of the relaxed loss. */
  readonly temperature: Temperature;
  /** Factor of the relaxed loss. */
  readonly scale: number | tf.Variable;

  /** @throws RangeError unless `temperature` is a finite number > 0, `scale` finite and `samples` a whole number >= 1. */
  constructor({ temperature, scale = 1, ...options }: RebarOptions) {
    super("Rebar", options);
    this.temperature = checkTemperature("Rebar", "temperature", temperature);
    if (!(scale instanceof tf.Variable)) {
      checkNumber("Rebar", "scale", scale, { ...finite, allowed: "a finite number or a variable" });
    }
    this.scale = scale;
  }

  override get trainableVariables(): tf.Variable[] {
    return this.scale instanceof tf.Variable ? [this.scale] : [];
  }

  override dispose(): void {}

  protected override _atTemperature(temperature: Temperature): Rebar {
    const { scale, coupled, samples } = this;
    return new Rebar({ temperature, scale, coupled, samples });
  }

  protected override control(loss: Loss, scores: tf.Tensor, leading: number): ControlVariateValue {
    return scaled(this.scale, relaxedLoss(loss, scores, this.temperature, leading));
  }
}
