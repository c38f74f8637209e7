import { checkInteger, constant } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { addGradient } from "../gradients/added-gradient.js";
import { stopGradient } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkOneHot } from "./check-one-hot.js";
import { type FlatShape, flatShape } from "./flat-draws.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";

/** Draws, and the loss at them; constants. Axes: S draws, R losses, N variables, K categories. */
export interface DrawsWithSlopes {
  /** One-hot, `[S, R, N, K]`. */
  readonly z: tf.Tensor;
  /** The loss, `[S, R]`. */
  readonly value: tf.Tensor;
  /** Its gradient with respect to z, `[S, R, N, K]`. */
  readonly slope: tf.Tensor;
  /** Probabilities, `[1, R, N, K]`. */
  readonly probs: tf.Tensor;
  readonly shape: FlatShape;
}

/** The options of an estimator that needs several draws. */
export interface SeveralSamples extends EstimatorOptions {
  /** Independent draws, a whole number >= 2: each is compared with the others. */
  readonly samples: number;
}

/**
 * Leave-one-out score function estimates whose control variates are made from the loss's gradient at the other draws.
 * They need one evaluation and one backward pass for each draw, like straight-through, and are unbiased.
 */
export abstract class SlopeControl extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = true;
  readonly needsLossGradient = true;

  protected constructor(name: string, options: SeveralSamples) {
    super(name, checkSeveral(name, options), 2);
  }

  /** The estimate of each draw with respect to the logits, `[S, R, N, K]`, differentiable in the estimator's own variables. */
  protected abstract estimate(draws: DrawsWithSlopes): tf.Tensor;

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot(`${this.name}.surrogate`, distribution);
    const z = constant(distribution.sample(rng, sampleShape));
    const { value, grad } = tf.valueAndGrad(loss)(z);
    const shape = flatShape(z, value);
    const { samples, losses, variables, categories } = shape;
    const flat = (x: tf.Tensor) => tf.reshape(constant(x), [-1, losses, variables, categories]);
    const estimate = this.estimate({
      z: flat(z),
      value: tf.reshape(constant(value), [samples, losses]),
      slope: flat(grad),
      probs: flat(distribution.probs),
      shape,
    });
    const surrogate = addGradient(value, distribution.logits, constant(tf.reshape(estimate, z.shape)));
    if (this.trainableVariables.length === 0) return surrogate;
    // The draws' estimates are dependent, so the variance of their mean counts.
    const squares = tf.reshape(tf.sum(tf.square(tf.mean(estimate, 0)), [1, 2]), value.shape.slice(1));
    return tf.add(surrogate, tf.sub(squares, stopGradient(squares)));
  }
}

/** Each draw is compared with the others. @throws TypeError if `samples` is missing; RangeError for fewer than 2. */
export function checkSeveral<T extends EstimatorOptions>(name: string, options: T): T {
  checkInteger(name, "samples", options?.samples as number, 2);
  return options;
}
