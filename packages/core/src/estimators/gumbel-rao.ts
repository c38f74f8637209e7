import { checkInteger, softmaxLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import type { Rng } from "../random/rng.js";
import { conditionalGumbel } from "./conditional-gumbel.js";
import type { EstimatorOptions } from "./gradient-estimator.js";
import { meanJacobian } from "./gumbel-jacobian.js";
import { finiteLogProbs, largestScore, type RoutedDraw, StraightThroughFamily } from "./straight-through-family.js";
import { checkTemperature, type Temperature, tempered } from "./temperature.js";

/** Parameters of {@link GumbelRao}. */
export interface GumbelRaoOptions extends EstimatorOptions {
  /** Temperature of the Gumbel-Softmax whose Jacobian is averaged, > 0. */
  readonly temperature: Temperature;
  /**
   * Draws of the noise given the category, a whole number >= 1; 10 by default. 1 is the straight-through
   * Gumbel-Softmax.
   */
  readonly conditionalDraws?: number;
}

/**
 * Gumbel-Rao (Paulus, Maddison and Krause 2021): the straight-through Gumbel-Softmax, with its Jacobian averaged over
 * Gumbel noise given the drawn category. It has the same bias, and a variance that falls with `conditionalDraws`, for
 * one evaluation of the loss. The noise is a constant, as in the straight-through Gumbel-Softmax: a derivative through
 * its dependence on the logits would change the mean.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.square(tf.sub(z, 0.3)));
 * const estimator = new GumbelRao({ temperature: 0.5 });
 * const surrogate = (logits) =>
 *   estimator.surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 1, 2])); // an estimate, [3]
 * ```
 */
export class GumbelRao extends StraightThroughFamily {
  /** Temperature of the Gumbel-Softmax. */
  readonly temperature: Temperature;
  /** Draws of the noise given the category. */
  readonly conditionalDraws: number;

  /** @throws RangeError for a temperature that is not a finite number > 0, or counts that are not whole numbers >= 1. */
  constructor({ temperature, conditionalDraws = 10, ...options }: GumbelRaoOptions) {
    super("GumbelRao", options);
    this.temperature = checkTemperature("GumbelRao", "temperature", temperature);
    this.conditionalDraws = checkInteger("GumbelRao", "conditionalDraws", conditionalDraws, 1);
  }

  protected override _atTemperature(temperature: Temperature): GumbelRao {
    const { conditionalDraws, samples } = this;
    return new GumbelRao({ temperature, conditionalDraws, samples });
  }

  protected override routed(distribution: OneHotCategorical, rng: Rng, sampleShape: readonly number[]): RoutedDraw {
    const logProbs = finiteLogProbs(distribution);
    const shape = [...sampleShape, ...logProbs.shape];
    // The scores that made the draw are one of the conditional draws.
    const scores = [tf.add(logProbs, rng.gumbel(shape))];
    const draw = largestScore(scores[0]!);
    while (scores.length < this.conditionalDraws) scores.push(conditionalGumbel(logProbs, draw, rng.gumbel(shape)));
    const { temperature } = this;
    return {
      draw,
      // The maximum is subtracted first: a large quotient would lose its last digits to rounding.
      saved: scores.map((each) => softmaxLast(tempered(tf.sub(each, tf.max(each, -1, true)), temperature))),
      backward: (upstream, ...soft) => meanJacobian(soft, upstream, temperature),
    };
  }
}
