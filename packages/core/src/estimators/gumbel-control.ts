import { constant } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { addGradient, withEventAxes } from "../gradients/added-gradient.js";
import { stopGradient } from "../gradients/path-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkOneHot } from "./check-one-hot.js";
import { conditionalGumbel, conditionalGumbelSlope } from "./conditional-gumbel.js";
import type { ControlVariateValue } from "./control-variate.js";
import { type EstimatorOptions, GradientEstimator, type Loss } from "./gradient-estimator.js";

/** Options of {@link Rebar} and {@link Relax}. */
export interface GumbelControlOptions extends EstimatorOptions {
  /**
   * Whether the second draw, of the scores given their argmax, uses the noise that makes it equal to the first (the
   * default). The estimate stays unbiased, since that noise has the right distribution given the argmax, and the
   * control variate is evaluated once instead of twice. `false` draws it independently.
   */
  readonly coupled?: boolean;
}

/**
 * The common part of REBAR and RELAX: the score function estimate with a control variate c of the Gumbel scores g,
 * minus its expectation in two reparameterized parts (Grathwohl et al. 2018, eq 7-8), g~ being g given its argmax:
 *
 *     (loss(z) - c(g~)) grad log q(z) + grad c(g) - grad c(g~)
 */
export abstract class GumbelControl extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = true;
  /** Whether the draw given the argmax is the first draw itself. */
  readonly coupled: boolean;

  protected constructor(name: string, { coupled = true, ...options }: GumbelControlOptions) {
    super(name, options);
    this.coupled = coupled;
  }

  /** c and its gradient at scores `[..., ...variables, K]`; constants but for {@link trainableVariables}. */
  protected abstract control(loss: Loss, scores: tf.Tensor, leading: number): ControlVariateValue;

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot(`${this.name}.surrogate`, distribution);
    const shape = [...sampleShape, ...distribution.batchShape, distribution.categories];
    const probs = constant(distribution.probs);
    // A category of probability 0 is never drawn; its score must stay finite.
    const logProbs = constant(tf.maximum(distribution.logProbs, -1e30));
    const scores = constant(tf.add(logProbs, rng.gumbel(shape)));
    const z = constant(tf.cast(tf.oneHot(tf.cast(tf.argMax(scores, -1), "int32"), distribution.categories), "float32"));
    const value = loss(z);
    const { control, path } = this.coupled
      ? this.#coupledParts(loss, scores, value.rank)
      : this.#independentParts(loss, { scores, logProbs, z, noise: rng.gumbel(shape) }, value.rank);
    const score = tf.mul(withEventAxes(tf.sub(constant(value), control), z.rank), tf.sub(z, probs));
    // From log probs to logits: the Jacobian of log-softmax.
    const estimate = tf.add(score, tf.sub(path, tf.mul(probs, tf.sum(path, -1, true))));
    const surrogate = addGradient(value, distribution.logits, stopGradient(estimate));
    if (this.trainableVariables.length === 0) return surrogate;
    const axes = Array.from({ length: z.rank - value.rank }, (_, axis) => value.rank + axis);
    const squares = tf.sum(tf.square(estimate), axes);
    return tf.add(surrogate, tf.sub(squares, stopGradient(squares)));
  }

  /**
   * With g~ = g both values of c are equal. Of g~_i = -log(E_i / p_i + exp(-max g)), i not the argmax, the slope with
   * respect to log p_i at that point is 1 - exp(g_i - max g), and 0 for the argmax, so that exp(g - max g) of grad c
   * remains.
   */
  #coupledParts(loss: Loss, scores: tf.Tensor, leading: number) {
    const { value, slope } = this.control(loss, scores, leading);
    const remaining = constant(tf.exp(tf.sub(scores, tf.max(scores, -1, true))));
    return { control: value, path: tf.mul(slope, remaining) };
  }

  #independentParts(
    loss: Loss,
    { scores, logProbs, z, noise }: Record<"scores" | "logProbs" | "z" | "noise", tf.Tensor>,
    leading: number,
  ) {
    const first = this.control(loss, scores, leading);
    const second = this.control(loss, constant(conditionalGumbel(logProbs, z, noise)), leading);
    const slope = constant(conditionalGumbelSlope(logProbs, z, noise));
    return { control: second.value, path: tf.sub(first.slope, tf.mul(second.slope, slope)) };
  }
}
