import { checkPositive, softmaxLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import type { Rng } from "../random/rng.js";
import type { EstimatorOptions } from "./gradient-estimator.js";
import { softmaxJacobian } from "./softmax-jacobian.js";
import { finiteLogProbs, largestScore, type RoutedDraw, StraightThroughFamily } from "./straight-through-family.js";
import { checkTemperature, type Temperature, tempered } from "./temperature.js";

/** Parameters of {@link GappedStraightThrough}. */
export interface GappedStraightThroughOptions extends EstimatorOptions {
  /** Temperature of the softmax whose Jacobian is taken, > 0. */
  readonly temperature: Temperature;
  /**
   * The gap by which the drawn category's logit must exceed the others, > 0 (1 by default), or `'probability'`: -log(1
   * - p) / p with p the drawn category's probability, which is the mean distance of the Gumbel scores.
   */
  readonly gap?: number | "probability";
}

/**
 * Gapped straight-through (Fan, Chi, Rudnicky and Ramadge 2022): the draw's gradient is that of a softmax at shifted
 * logits, which are consistent with the draw: the drawn category's logit is raised to the largest, and the others are
 * lowered to at least `gap` below it. The shifts are constants. The estimate is deterministic given the draw, so it
 * needs no averaging over noise; it is biased.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.square(tf.sub(z, 0.3)));
 * const estimator = new GappedStraightThrough({ temperature: 1 });
 * const surrogate = (logits) =>
 *   estimator.surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 1, 2])); // an estimate, [3]
 * ```
 */
export class GappedStraightThrough extends StraightThroughFamily {
  /** Temperature of the softmax. */
  readonly temperature: Temperature;
  /** The gap, or the rule for it. */
  readonly gap: number | "probability";

  /** @throws RangeError unless temperature and gap are finite numbers > 0 and `samples` a whole number >= 1. */
  constructor({ temperature, gap = 1, ...options }: GappedStraightThroughOptions) {
    super("GappedStraightThrough", options);
    this.temperature = checkTemperature("GappedStraightThrough", "temperature", temperature);
    this.gap = gap === "probability" ? gap : checkPositive("GappedStraightThrough", "gap", gap);
  }

  protected override _atTemperature(temperature: Temperature): GappedStraightThrough {
    const { gap, samples } = this;
    return new GappedStraightThrough({ temperature, gap, samples });
  }

  protected override routed(distribution: OneHotCategorical, rng: Rng, sampleShape: readonly number[]): RoutedDraw {
    const logProbs = finiteLogProbs(distribution);
    const draw = largestScore(tf.add(logProbs, rng.gumbel([...sampleShape, ...logProbs.shape])));
    const largest = tf.max(logProbs, -1, true);
    const others = tf.sub(1, draw);
    const highest = tf.sub(largest, this.#gapOf(logProbs, draw));
    const moved = tf.add(tf.mul(draw, largest), tf.mul(others, tf.minimum(logProbs, highest)));
    const { temperature } = this;
    return {
      draw,
      saved: [softmaxLast(tempered(tf.sub(moved, largest), temperature))],
      backward: (upstream, soft) => tempered(softmaxJacobian(soft!, upstream), temperature),
    };
  }

  #gapOf(logProbs: tf.Tensor, draw: tf.Tensor): tf.Tensor | number {
    if (this.gap !== "probability") return this.gap;
    // At p = 1 the gap would be infinite; 1 - p is kept above the last bit. The gradient is 0 either way.
    const p = tf.minimum(tf.sum(tf.mul(draw, tf.exp(logProbs)), -1, true), 1 - 1e-6);
    return tf.div(tf.neg(tf.log1p(tf.neg(p))), tf.maximum(p, 1e-6));
  }
}
