import { constant, equalShapes, formatShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { addGradient } from "../gradients/added-gradient.js";
import type { Rng } from "../random/rng.js";
import { checkOneHot } from "./check-one-hot.js";
import { meanOfOthers } from "./flat-draws.js";
import { GradientEstimator, type Loss } from "./gradient-estimator.js";
import { checkSeveral, type SeveralSamples } from "./slope-control.js";

/**
 * VIMCO (Mnih and Rezende 2016): the gradient of the multi-sample bound, `-log mean over the draws of exp(-loss(z))`,
 * which is also the value. The loss is minus the logarithm of an importance weight, log q(z | x) - log p(x, z): the
 * bound is then that of IWAE with `samples` draws. Each draw's score is multiplied by the bound minus the bound with
 * that draw's weight replaced by the geometric mean of the others. Unbiased for this bound (not for the mean of the
 * losses); the loss needs no gradient with respect to z, but the logits inside it (those of log q) receive their
 * gradient.
 *
 * @example
 * ```ts
 * const logits = tf.zeros([2, 3]);
 * const logJoint = (z) => tf.sum(tf.mul(z, [-1, -2, -3]), [-2, -1]);
 * const estimator = new Vimco({ samples: 4 });
 * const surrogate = (logits) => {
 *   const q = new OneHotCategorical({ logits });
 *   return estimator.surrogate(q, (z) => tf.sub(tf.sum(q.logProb(z), -1), logJoint(z)), createRng(1));
 * };
 * tf.grad(surrogate)(logits); // an estimate, [2, 3]
 * ```
 */
export class Vimco extends GradientEstimator<OneHotCategorical> {
  readonly isUnbiased = true;
  readonly needsLossGradient = false;

  /** @throws RangeError unless `samples` is a whole number >= 2. */
  constructor(options: SeveralSamples) {
    super("Vimco", checkSeveral("Vimco", options), 2);
  }

  /**
   * The bound of several layers of draws, `[S, ...] -> [...]`, from the logarithm of each sample's importance weight and that of the probability of
   * all its draws, both differentiable. The value is `log mean over the samples of exp(logWeights)`. Its gradient is the estimate: that
   * of the weights themselves, plus that of `logProbs` times each sample's signal. Draws enter both as constants.
   *
   * @throws RangeError unless both have the shape `[samples, ...]`.
   *
   * @example
   * ```ts
   * const vimco = new Vimco({ samples: 2 });
   * vimco.bound(tf.tensor1d([-1, -3]), tf.tensor1d([-0.5, -2])); // -1.566
   * ```
   */
  bound(logWeights: tf.Tensor, logProbs: tf.Tensor): tf.Tensor {
    const samples = this.samples as number;
    if (logWeights.shape[0] !== samples || !equalShapes(logWeights.shape, logProbs.shape)) {
      throw new RangeError(
        `Vimco.bound: logWeights and logProbs must have one shape [${samples}, ...], got ${formatShape(logWeights.shape)} and ${formatShape(logProbs.shape)}`,
      );
    }
    return tf.tidy(() => {
      const bound = tf.sub(tf.logSumExp(logWeights, 0), Math.log(samples));
      const signal = constant(tf.sub(bound, boundsWithoutEach(constant(logWeights))));
      const score = tf.sum(tf.mul(signal, logProbs), 0);
      // Its value is 0.
      return tf.add(bound, tf.sub(score, constant(score)));
    });
  }

  protected override _surrogate(
    distribution: OneHotCategorical,
    loss: Loss,
    rng: Rng,
    sampleShape: readonly number[],
  ): tf.Tensor {
    checkOneHot("Vimco.surrogate", distribution);
    const z = constant(distribution.sample(rng, sampleShape));
    const logWeights = tf.neg(loss(z));
    const samples = this.samples as number;
    const bound = tf.sub(tf.logSumExp(logWeights, 0), Math.log(samples));
    const signal = constant(tf.sub(bound, boundsWithoutEach(constant(logWeights))));
    const spread = tf.reshape(signal, [...signal.shape, ...z.shape.slice(signal.rank).map(() => 1)]);
    const slope = tf.sum(tf.mul(spread, tf.sub(z, constant(distribution.probs))), 0);
    return addGradient(tf.neg(bound), distribution.logits, tf.neg(slope));
  }

  protected override combine(value: tf.Tensor): tf.Tensor {
    return value;
  }
}

/** The bound with each draw's log-weight replaced by the mean of the others: `[S, ...] -> [S, ...]`. */
function boundsWithoutEach(logWeights: tf.Tensor): tf.Tensor {
  const [samples, ...rest] = logWeights.shape as [number, ...number[]];
  const isOwn = tf.reshape(tf.eye(samples), [samples, samples, ...rest.map(() => 1)]);
  const mean = tf.expandDims(meanOfOthers(logWeights), 1);
  const all = tf.add(tf.mul(isOwn, mean), tf.mul(tf.sub(1, isOwn), tf.expandDims(logWeights, 0)));
  return tf.sub(tf.logSumExp(all, 1), Math.log(samples));
}
