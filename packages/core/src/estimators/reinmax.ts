import { checkInteger, checkOneOf, softmaxLast } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import type { Rng } from "../random/rng.js";
import { conditionalGumbel } from "./conditional-gumbel.js";
import type { EstimatorOptions } from "./gradient-estimator.js";
import { meanJacobian } from "./gumbel-jacobian.js";
import { softmaxJacobian } from "./softmax-jacobian.js";
import { finiteLogProbs, largestScore, type RoutedDraw, StraightThroughFamily } from "./straight-through-family.js";
import { checkTemperature, type Temperature, tempered } from "./temperature.js";

/** Parameters of {@link ReinMax}. */
export interface ReinMaxOptions extends EstimatorOptions {
  /**
   * Temperature of the probabilities that are averaged with the draw, > 0; 1 by default, at which the estimate is of
   * second order.
   */
  readonly temperature?: Temperature;
  /**
   * `'plain'` (default); `'rao'`, whose first matrix is that of a Gumbel-Softmax at the averaged probabilities,
   * averaged over noise given the draw (ReinMax-Rao); `'leave-one-out'`, from at least 2 `samples`: each draw's
   * estimate, minus the same matrix applied to the other draws' gradients, plus the known mean of that term. The mean
   * is unchanged and the variance is lower.
   */
  readonly variant?: "plain" | "rao" | "leave-one-out";
  /** Draws of the noise for `'rao'`, a whole number >= 1; 10 by default. */
  readonly conditionalDraws?: number;
}

/**
 * ReinMax (Liu, Dong, Liu, Yu and Gao 2023): straight-through of second order. With p the probabilities, D the draw and
 * J(q) = diag(q) - q q^T, the loss's gradient at the draw is multiplied by
 *
 *     2 J((p_temperature + D) / 2) - J(p) / 2.
 *
 * At temperature 1 this is `sum_j p_j (D - e_j) (D - e_j)^T / 2`: each difference loss(D) - loss(e_j) is replaced by
 * the slope at D along it, and the average over D and j makes that the trapezoidal rule. So the estimate is exact in
 * expectation if the loss is quadratic in z, also jointly over all variables; otherwise its bias is of third order.
 * Other temperatures lose this property: at 1.3 the bias on a quadratic is about 0.05.
 *
 * With `igr.discrete()` of an {@link IGR} it is equally exact: gradients flow through the probabilities of its
 * categories.
 *
 * `'rao'`: the Rao-Blackwellized form of Wang and Bui (2026), 2 E[J(softmax((log q + Gumbel) / temperature)) | argmax =
 * D] / temperature - J(p) / 2 with q = (p + D) / 2; the second term is at the softmax of the parameters (their eq 17
 * prints another matrix). It is no longer of second order. Their control variate, a Gumbel-Softmax matrix minus its
 * average given D, has mean zero given the draw, and the plain estimate is a function of the draw: subtracting a
 * multiple of it can only add variance, so it is not implemented.
 *
 * @example
 * ```ts
 * const loss = (z) => tf.sum(tf.square(tf.sub(z, 0.3)));
 * const surrogate = (logits) =>
 *   new ReinMax().surrogate(new OneHotCategorical({ logits }), loss, createRng(1));
 * tf.grad(surrogate)(tf.tensor1d([0, 1, 2])); // an estimate, [3]
 * ```
 */
export class ReinMax extends StraightThroughFamily {
  /** Temperature of the averaged probabilities. */
  readonly temperature: Temperature;
  /** Which form it is. */
  readonly variant: "plain" | "rao" | "leave-one-out";
  /** Draws of the noise for `'rao'`. */
  readonly conditionalDraws: number;

  /**
   * @throws RangeError for a temperature that is not a finite number > 0, an unknown variant, or too few samples or draws;
   * TypeError if `samples` is missing for leave-one-out.
   */
  constructor({ temperature = 1, variant = "plain", conditionalDraws = 10, ...options }: ReinMaxOptions = {}) {
    checkOneOf("ReinMax", "variant", variant, ["plain", "rao", "leave-one-out"]);
    if (variant === "leave-one-out" && options.samples === undefined) {
      throw new TypeError("ReinMax: variant 'leave-one-out' needs samples, a whole number >= 2");
    }
    super("ReinMax", options, variant === "leave-one-out" ? 2 : 1);
    this.temperature = checkTemperature("ReinMax", "temperature", temperature);
    this.variant = variant;
    this.conditionalDraws = checkInteger("ReinMax", "conditionalDraws", conditionalDraws, 1);
  }

  protected override _atTemperature(temperature: Temperature): ReinMax {
    const { variant, conditionalDraws, samples } = this;
    return new ReinMax({ temperature, variant, conditionalDraws, samples });
  }

  protected override routed(distribution: OneHotCategorical, rng: Rng, sampleShape: readonly number[]): RoutedDraw {
    const logProbs = finiteLogProbs(distribution);
    const shape = [...sampleShape, ...logProbs.shape];
    const draw = largestScore(tf.add(logProbs, rng.gumbel(shape)));
    const probs = softmaxLast(logProbs);
    const averaged = tf.mul(0.5, tf.add(draw, softmaxLast(tempered(logProbs, this.temperature))));
    switch (this.variant) {
      case "plain":
        return { draw, saved: [probs, averaged], backward: (v, probs, averaged) => reinmax(v, probs!, averaged!) };
      case "leave-one-out":
        return {
          draw,
          saved: [probs, averaged],
          backward: (v, probs, averaged) => {
            const others = tf.div(tf.sub(tf.sum(v, 0, true), v), (this.samples as number) - 1);
            const centred = reinmax(tf.sub(v, others), probs!, averaged!);
            return tf.add(centred, softmaxJacobian(probs!, others));
          },
        };
      case "rao": {
        const logAveraged = tf.maximum(tf.log(averaged), -1e30);
        const scores = Array.from({ length: this.conditionalDraws }, () =>
          conditionalGumbel(logAveraged, draw, rng.gumbel(shape)),
        );
        const { temperature } = this;
        const soft = scores.map((each) => softmaxLast(tempered(each, temperature)));
        return {
          draw,
          saved: [probs, ...soft],
          backward: (v, probs, ...soft) =>
            tf.sub(tf.mul(2, meanJacobian(soft, v, temperature)), tf.mul(0.5, softmaxJacobian(probs!, v))),
        };
      }
    }
  }
}

function reinmax(v: tf.Tensor, probs: tf.Tensor, averaged: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(2, softmaxJacobian(averaged, v)), tf.mul(0.5, softmaxJacobian(probs, v)));
}
