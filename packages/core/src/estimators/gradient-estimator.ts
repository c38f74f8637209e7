import { checkInteger, checkRuntime, equalShapes, formatShape, requireGradients } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../base/distribution.js";
import type { Rng } from "../random/rng.js";
import { checkTemperature, type Temperature } from "./temperature.js";

/**
 * The loss whose expectation is differentiated: draws `[...leading, ...variables, K] -> [...leading]`, where each
 * result depends only on its own draw. The axes that it sums over are the variables of one loss, so that
 * `[B, N, K] -> [B]` is a batch of B losses of N variables each. It may be called several times, and gradients reach
 * the tensors and variables that it captures.
 */
export type Loss = (z: tf.Tensor) => tf.Tensor;

/** Options of every estimator. */
export interface EstimatorOptions {
  /**
   * Independent draws whose estimates are averaged, a whole number >= 1. The loss then receives an additional first
   * axis. By default there is one draw, without that axis.
   */
  readonly samples?: number;
}

/**
 * An estimator of the gradient of `E[loss(z)]` with respect to the parameters of the distribution of z.
 *
 * {@link surrogate} returns a tensor whose value is the loss at a draw and whose tfjs gradient is the estimate: add a
 * KL term to it, take its mean, pass it to an optimizer, compile it. Tensors and variables inside the loss (a decoder's
 * weights) receive the loss's own gradient at the draw, which is unbiased for every estimator.
 *
 * To write one: implement `_surrogate`, which runs inside `tf.tidy`.
 */
export abstract class GradientEstimator<D extends Distribution> {
  /** Whether the expectation of the estimate is the gradient of `E[loss(z)]` over draws of the discrete distribution. */
  abstract readonly isUnbiased: boolean;
  /**
   * Whether the estimate uses the loss's gradient with respect to z. Without it (false) the loss may be any function of
   * z: an argmax, a table, or a number computed elsewhere.
   */
  abstract readonly needsLossGradient: boolean;
  /** Number of draws that are averaged; undefined for one draw without its own axis. */
  readonly samples: number | undefined;
  protected readonly name: string;
  /** Shared with the estimators that {@link atTemperature} makes. */
  #seen = { lossGradient: false };

  /** @throws RangeError unless `samples` is a whole number >= `atLeast`. */
  protected constructor(name: string, { samples }: EstimatorOptions, atLeast = 1) {
    if (samples !== undefined) checkInteger(name, "samples", samples, atLeast);
    checkRuntime(name);
    this.name = name;
    this.samples = samples;
  }

  /**
   * Trainable variables of the estimator itself, such as a control variate's. Their gradient in {@link surrogate} is
   * that of the estimate's squared norm, so one optimizer can train them with the model: pass these variables to it.
   */
  get trainableVariables(): tf.Variable[] {
    return [];
  }

  /**
   * Variables that {@link surrogate} itself assigns, such as a moving average: no optimizer moves them, but a checkpoint has to keep them.
   */
  get stateVariables(): tf.Variable[] {
    return [];
  }

  /**
   * The loss at a draw (the mean over `samples` of them), `[...]`, with the estimate as its gradient.
   *
   * @throws RangeError if the loss's shape does not consist of the first axes of the draw's; TypeError for a
   * distribution that the estimator does not support, or for a loss without a required gradient (checked in the first
   * call); Error if tfjs has no gradients.
   */
  surrogate(distribution: D, loss: Loss, rng: Rng): tf.Tensor {
    requireGradients(`${this.name}.surrogate`);
    const checked: Loss = (z) => this.#checkLoss(z, this.#evaluate(loss, z));
    return tf.tidy(() => {
      const value = this._surrogate(distribution, checked, rng, this.samples === undefined ? [] : [this.samples]);
      return this.samples === undefined ? value : this.combine(value);
    });
  }

  /** Whether it has a temperature that {@link atTemperature} can replace. */
  get hasTemperature(): boolean {
    return (this as { temperature?: unknown }).temperature !== undefined;
  }

  /**
   * The same estimator at another temperature, such as the current value of a schedule. It shares this estimator's
   * variables; do not dispose it.
   *
   * @throws TypeError if the estimator has no temperature; RangeError unless it is a finite number > 0 or a scalar tensor.
   */
  atTemperature(temperature: Temperature): this {
    if (!this.hasTemperature) throw new TypeError(`${this.name}.atTemperature: the estimator has no temperature`);
    checkTemperature(`${this.name}.atTemperature`, "temperature", temperature);
    const copy = this._atTemperature(temperature);
    copy.#seen = this.#seen;
    return copy as this;
  }

  /** Frees the estimator's own variables. */
  dispose(): void {
    tf.dispose([...this.trainableVariables, ...this.stateVariables]);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * A new estimator with this temperature and the other options and variables of this one. A class that has a
   * `temperature` implements it.
   */
  protected _atTemperature(_temperature: Temperature): GradientEstimator<D> {
    throw new TypeError(`${this.name}.atTemperature: a class with a temperature must implement _atTemperature`);
  }

  /** `[...sampleShape, ...]`, one value and estimate for each draw. */
  protected abstract _surrogate(distribution: D, loss: Loss, rng: Rng, sampleShape: readonly number[]): tf.Tensor;

  /** One number for each loss from those of its `samples` draws, which are the first axis. */
  protected combine(value: tf.Tensor): tf.Tensor {
    return tf.mean(value, 0);
  }

  /**
   * A loss without a gradient would silently train on half an estimate if another term has one. The gradient is taken
   * once, from the evaluation that is used, so that draws inside the loss happen once.
   */
  #evaluate(loss: Loss, z: tf.Tensor): tf.Tensor {
    if (!this.needsLossGradient || this.#seen.lossGradient) return loss(z);
    let evaluated: tf.Tensor | undefined;
    const kept: Loss = (x) => {
      evaluated = loss(x);
      return evaluated;
    };
    try {
      const { value } = tf.valueAndGrad(kept)(z);
      this.#seen.lossGradient = true;
      return value;
    } catch (cause) {
      if (evaluated === undefined) throw cause;
      throw new TypeError(
        `${this.name}.surrogate: loss must have a gradient with respect to z (${(cause as Error).message}); Reinforce, DisArm and Carms need none`,
        { cause },
      );
    }
  }

  #checkLoss(z: tf.Tensor, value: tf.Tensor): tf.Tensor {
    const leading = this.samples === undefined ? 0 : 1;
    const { rank, shape } = value;
    if (rank < leading || rank >= z.rank || !equalShapes(shape, z.shape.slice(0, rank))) {
      throw new RangeError(
        `${this.name}.surrogate: loss must map ${formatShape(z.shape)} to one number for each draw, of the shape of its first axes, got ${formatShape(shape)}`,
      );
    }
    return value;
  }
}
