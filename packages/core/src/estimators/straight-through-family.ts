import { constant } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { routeGradient } from "../gradients/routed-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkOneHot } from "./check-one-hot.js";
import { GradientEstimator, type Loss } from "./gradient-estimator.js";

/** One-hot draws, and the data of the backward pass. */
export interface RoutedDraw {
  /** The draw, `[...sampleShape, ...batch, K]`. */
  readonly draw: tf.Tensor;
  /** Constants that {@link backward} needs. */
  readonly saved: readonly tf.Tensor[];
  /** The estimate with respect to the logits, of the shape of `draw`, from the loss's gradient at the draw. */
  readonly backward: (upstream: tf.Tensor, ...saved: tf.Tensor[]) => tf.Tensor;
}

/**
 * Estimators that evaluate the loss at one-hot draws, and multiply the loss's gradient at the draw by a matrix in place
 * of d draw / d logits. One evaluation of the loss and one backward pass for each draw.
 */
export abstract class StraightThroughFamily extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = false;
  readonly needsLossGradient = true;

  protected abstract routed(distribution: OneHotCategorical, rng: Rng, sampleShape: readonly number[]): RoutedDraw;

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot(`${this.name}.surrogate`, distribution);
    const { draw, saved, backward } = this.routed(distribution, rng, sampleShape);
    // The logits repeated for each draw: their gradient is then summed over the draws.
    const logits = tf.add(distribution.logits, tf.zeros(draw.shape));
    return loss(routeGradient(logits, constant(draw), saved, backward));
  }
}

/** The draw that has the largest score, `[..., K] -> [..., K]`, a constant. */
export function largestScore(scores: tf.Tensor): tf.Tensor {
  const categories = scores.shape.at(-1) as number;
  return constant(tf.cast(tf.oneHot(tf.cast(tf.argMax(scores, -1), "int32"), categories), "float32"));
}

/**
 * Logarithms of the probabilities as a constant; a category of probability 0 is never drawn, and its logarithm stays
 * finite.
 */
export function finiteLogProbs(distribution: OneHotCategorical): tf.Tensor {
  return constant(tf.maximum(distribution.logProbs, -1e30));
}
