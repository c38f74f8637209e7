import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import type { Rng } from "../random/rng.js";
import { checkOneHot } from "./check-one-hot.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";

/**
 * Straight-through: one-hot draws, whose gradient goes to the probabilities as if the draw were they (Bengio, Léonard and
 * Courville 2013). Biased, unless the loss is linear in z; low variance. The loss must have a gradient with respect to z.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.mul(z, [1, 2, 4]));
 * const surrogate = (logits) =>
 *   new StraightThrough().surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 0, 0])); // [-0.4444, -0.1111, 0.5556]
 * ```
 */
export class StraightThrough extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = false;

  /** @throws RangeError unless `samples` is a whole number >= 1. */
  constructor(options: EstimatorOptions = {}) {
    super("StraightThrough", options);
  }

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot("StraightThrough.surrogate", distribution);
    const draw = distribution.sample(rng, sampleShape);
    // The probabilities once for each draw: the custom gradient keeps shapes.
    const probs = tf.add(distribution.probs, tf.zeros(draw.shape));
    const z = tf.customGrad((...inputs) => ({
      value: tf.clone(inputs[1] as tf.Tensor),
      gradFunc: (dy: tf.Tensor | tf.Tensor[]) => [tf.clone(dy as tf.Tensor), tf.zerosLike(dy as tf.Tensor)],
    }))(probs, draw);
    return loss(z);
  }
}
