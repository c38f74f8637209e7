import { ContinuousBernoulli } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { Likelihood, type LikelihoodConfig } from "./likelihood.js";

/**
 * Independent continuous Bernoulli pixels, with the decoder's outputs as logits: the density of grey values in [0, 1] that
 * {@link BernoulliLikelihood} lacks (Loaiza-Ganem and Cunningham 2019). log p(x | z) = sum over pixels of
 * x l - softplus(l) + log C(l) with the normalizing constant C of {@link ContinuousBernoulli}. It is a density of
 * pixels in [0, 1], so its logarithm can be positive, and its values cannot be compared with those of Bernoulli pixels.
 *
 * A pixel is not binarized. Outside [0, 1] its log-density is -Infinity. The mean image is the distribution's mean, not the
 * sigmoid of the logit. A pixel that is always 0 or 1 raises the bound by about the logarithm of its logit, without a
 * limit: on such data the bound rises for as long as training lasts.
 *
 * @example
 * ```ts
 * const likelihood = new ContinuousBernoulliLikelihood();
 * likelihood.logProb(tf.tensor2d([[0.1, 0.9]]), tf.tensor2d([[0, 2]])); // [0.6386]
 * ```
 */
export class ContinuousBernoulliLikelihood extends Likelihood {
  readonly outputsPerPixel = 1;
  readonly isBinary = false;
  readonly description = "continuous Bernoulli pixels in [0, 1] from logits";

  override logProb(x: tf.Tensor2D, outputs: tf.Tensor): tf.Tensor {
    return tf.tidy(() => tf.sum(new ContinuousBernoulli({ logits: outputs }).logProb(x), outputs.rank - 1));
  }

  override mean(outputs: tf.Tensor): tf.Tensor {
    return tf.tidy(() => new ContinuousBernoulli({ logits: outputs }).mean());
  }

  override config(): LikelihoodConfig {
    return { kind: "continuous-bernoulli" };
  }
}
