import { OneHotCategorical, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { ElboTerms } from "../model/model.js";
import type { Scheduled } from "../schedule/schedule.js";
import { CategoryPrior, type CategoryProbs, readCategoryPrior } from "./category-prior.js";
import { Latent, type LatentSize, type LogLikelihoodOfDraws, type ProbsPrecision } from "./latent.js";
import type { LatentParameters, LatentSample } from "./latent-part.js";

/** Options of all latents with one-hot draws. */
export interface OneHotOptions extends LatentSize {
  /** Probabilities of the categories under the prior, > 0; uniform by default. */
  readonly prior?: CategoryProbs;
  /** Whether training also learns the prior of each variable, starting from `prior`; false by default. */
  readonly learnPrior?: boolean;
}

/**
 * N categorical variables of K categories that are not relaxed: the decoder receives one-hot draws, also in training,
 * and the KL is that of the categories, in closed form (eq 9). A subclass defines the probabilities, and how a gradient
 * passes a draw.
 *
 * The decoder receives a bit (K = 2) as one number, 0 or 1; everywhere else a bit is a one-hot vector of size two,
 * whose second entry is the bit.
 */
export abstract class OneHotLatent extends Latent {
  readonly #given: CategoryProbs | undefined;
  readonly #prior: CategoryPrior;

  /** @throws RangeError if sizes or the prior are out of range; TypeError for a prior of another type. */
  constructor(owner: string, { prior, learnPrior = false, variables, categories }: OneHotOptions) {
    super({ variables, categories });
    const logProbs = readCategoryPrior(owner, prior, this);
    this.#given = prior;
    this.#prior = new CategoryPrior(logProbs, learnPrior);
  }

  override get inputsPerVariable(): number {
    return this.areBits ? 1 : this.categories;
  }

  override get trainableVariables(): tf.Variable[] {
    return this.#prior.trainableVariables;
  }

  /** log P(k) under the posterior, `[B, N, K]`, normalized: a new tensor. */
  abstract override discreteLogProbs(
    parameters: LatentParameters,
    scheduled?: Scheduled,
    precision?: ProbsPrecision,
  ): tf.Tensor;

  /**
   * The loss of draws `[...samples, B, N, K] -> [...samples, B]` at a draw, `[B]`, with the estimate as its gradient.
   * `logProbs` are the posterior's log-probabilities.
   */
  protected abstract surrogate(
    parameters: LatentParameters,
    logProbs: tf.Tensor,
    loss: (z: tf.Tensor) => tf.Tensor,
    rng: Rng,
    scheduled: Scheduled,
  ): tf.Tensor;

  /** One-hot draws. No gradient passes them; {@link trainingTerms} has the gradient estimate. */
  override sample(
    parameters: LatentParameters,
    rng: Rng,
    sampleShape: readonly number[] = [],
    scheduled: Scheduled = {},
  ): LatentSample {
    const logProbs = this.discreteLogProbs(parameters, scheduled);
    const z = new OneHotCategorical({ logits: logProbs }).sample(rng, sampleShape);
    return { z, input: this.decoderInput(z), logRatio: () => this.#logRatio(logProbs, z) };
  }

  override trainingTerms(
    parameters: LatentParameters,
    logLikelihood: LogLikelihoodOfDraws,
    rng: Rng,
    scheduled: Scheduled = {},
  ): ElboTerms {
    const logProbs = this.discreteLogProbs(parameters, scheduled, "training");
    const likelihood = (z: tf.Tensor) => logLikelihood(this.decoderInput(z));
    const kls = this.#kl(logProbs);
    const kl = tf.sum(kls, 1) as tf.Tensor1D;
    if (this.trainsMultiSampleBound) {
      const minusLogWeight = (z: tf.Tensor) => tf.sub(tf.sum(this.#logRatio(logProbs, z), -1), likelihood(z));
      const elbo = tf.neg(this.surrogate(parameters, logProbs, minusLogWeight, rng, scheduled)) as tf.Tensor1D;
      return { elbo, reconstruction: tf.add(elbo, kl) as tf.Tensor1D, kl };
    }
    const minusLikelihood = (z: tf.Tensor) => tf.neg(likelihood(z));
    const reconstruction = tf.neg(this.surrogate(parameters, logProbs, minusLikelihood, rng, scheduled)) as tf.Tensor1D;
    return { elbo: tf.sub(reconstruction, kl) as tf.Tensor1D, reconstruction, kl };
  }

  /** sum_k p_k (log p_k - log prior_k), `[B, N]` (eq 9). */
  override kl(parameters: LatentParameters, _sample?: LatentSample, scheduled: Scheduled = {}): tf.Tensor {
    return this.categoricalKl(parameters, scheduled);
  }

  override categoricalKl(
    parameters: LatentParameters,
    scheduled: Scheduled = {},
    precision?: ProbsPrecision,
  ): tf.Tensor {
    return tf.tidy(() => this.#kl(this.discreteLogProbs(parameters, scheduled, precision)));
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return tf.tidy(() => new OneHotCategorical({ logits: this.#prior.logProbs }).sample(rng, [count]) as tf.Tensor3D);
  }

  /** Bits as one number each. */
  override decoderInput(z: tf.Tensor): tf.Tensor {
    if (!this.areBits) return z;
    const begin = [...new Array<number>(z.rank - 1).fill(0), 1];
    return tf.slice(z, begin, [...z.shape.slice(0, -1), 1]);
  }

  override dispose(): void {
    this.#prior.dispose();
  }

  protected get areBits(): boolean {
    return this.categories === 2;
  }

  /** The sizes and the prior, as a checkpoint stores them. */
  protected sizesAndPrior() {
    const { variables, categories } = this;
    return {
      sizes: { variables, categories },
      prior: {
        ...(this.#given === undefined ? {} : { prior: this.#given }),
        ...(this.#prior.isLearned ? { learnPrior: true } : {}),
      },
    };
  }

  #kl(logProbs: tf.Tensor): tf.Tensor {
    // A probability of 0 contributes 0, even if its logarithm is -Infinity.
    const finite = tf.maximum(logProbs, -1e30);
    return tf.sum(tf.mul(tf.exp(logProbs), tf.sub(finite, this.#prior.logProbs)), 2);
  }

  /** log q(z | x) - log p(z), `[..., B, N]`. */
  #logRatio(logProbs: tf.Tensor, z: tf.Tensor): tf.Tensor {
    return tf.tidy(() => tf.sum(tf.mul(z, tf.sub(tf.maximum(logProbs, -1e30), this.#prior.logProbs)), -1));
  }
}
