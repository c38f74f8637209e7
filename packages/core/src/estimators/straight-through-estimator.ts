import { softmaxLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import type { Rng } from "../random/rng.js";
import type { EstimatorOptions } from "./gradient-estimator.js";
import { softmaxJacobian } from "./softmax-jacobian.js";
import { finiteLogProbs, largestScore, type RoutedDraw, StraightThroughFamily } from "./straight-through-family.js";
import { checkTemperature, type Temperature, tempered } from "./temperature.js";

/** Parameters of {@link StraightThrough}. */
export interface StraightThroughOptions extends EstimatorOptions {
  /** Draws come from softmax(logits / forwardTemperature); 1, the distribution itself, by default. */
  readonly forwardTemperature?: Temperature;
  /** The gradient is that of softmax(logits / backwardTemperature); 1 by default. */
  readonly backwardTemperature?: Temperature;
}

/**
 * Straight-through with softmax probabilities: one-hot draws, whose gradient is passed to the probabilities as if they
 * were the draw (Bengio, Léonard and Courville 2013). At temperatures of 1 it is exact if the loss is linear in z, and
 * otherwise biased (of first order: Liu et al. 2023), with low variance. The loss must have a gradient with respect to
 * z.
 *
 * Separate temperatures for the draw and for the gradient make decoupled straight-through (Shah et al. 2024), which
 * trades bias for exploration (forward) and for a wider spread of the gradient over the categories (backward). With a
 * forward temperature other than 1 the draws do not have the distribution's probabilities, and neither does a bound
 * made from them.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.mul(z, [1, 2, 4]));
 * const surrogate = (logits) =>
 *   new StraightThrough().surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 0, 0])); // [-0.4444, -0.1111, 0.5556]
 * ```
 */
export class StraightThrough extends StraightThroughFamily {
  /** Temperature of the draws. */
  readonly forwardTemperature: Temperature;
  /** Temperature of the gradient. */
  readonly backwardTemperature: Temperature;

  /** @throws RangeError unless `samples` is a whole number >= 1 and the temperatures are finite numbers > 0. */
  constructor({ forwardTemperature = 1, backwardTemperature = 1, ...options }: StraightThroughOptions = {}) {
    super("StraightThrough", options);
    this.forwardTemperature = checkTemperature("StraightThrough", "forwardTemperature", forwardTemperature);
    this.backwardTemperature = checkTemperature("StraightThrough", "backwardTemperature", backwardTemperature);
  }

  protected override routed(distribution: OneHotCategorical, rng: Rng, sampleShape: readonly number[]): RoutedDraw {
    const logProbs = finiteLogProbs(distribution);
    const noise = rng.gumbel([...sampleShape, ...logProbs.shape]);
    const { backwardTemperature } = this;
    return {
      draw: largestScore(tf.add(tempered(logProbs, this.forwardTemperature), noise)),
      saved: [softmaxLast(tempered(logProbs, backwardTemperature))],
      backward: (upstream, probs) => tempered(softmaxJacobian(probs!, upstream), backwardTemperature),
    };
  }
}
