import * as tf from "@tensorflow/tfjs-core";
import { Likelihood, type LikelihoodConfig } from "./likelihood.js";

/**
 * Independent Bernoulli pixels, with the decoder's outputs as logits.
 * log p(x | z) = sum over pixels of x l - softplus(l), finite for every finite logit l (never log of a rounded sigmoid).
 * Pixels in [0, 1] are accepted: a grey value counts as the mean of its binarizations.
 *
 * @example
 * ```ts
 * const likelihood = new BernoulliLikelihood();
 * likelihood.logProb(tf.tensor2d([[1, 0]]), tf.tensor2d([[0, -200]])); // [-0.6931]
 * ```
 */
export class BernoulliLikelihood extends Likelihood {
  readonly outputsPerPixel = 1;
  readonly isBinary = true;
  readonly description = "Bernoulli pixels from logits";

  override logProb(x: tf.Tensor2D, outputs: tf.Tensor): tf.Tensor {
    return tf.tidy(() => tf.sum(tf.sub(tf.mul(x, outputs), tf.softplus(outputs)), outputs.rank - 1));
  }

  override mean(outputs: tf.Tensor): tf.Tensor {
    return tf.sigmoid(outputs);
  }

  override config(): LikelihoodConfig {
    return { kind: "bernoulli" };
  }
}
