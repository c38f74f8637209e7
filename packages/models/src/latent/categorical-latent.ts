import { GradientEstimator, OneHotCategorical, type Rng, Vimco } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import type { ElboTerms } from "../model/model.js";
import type { Scheduled } from "../schedule/schedule.js";
import { type CategoricalEstimator, makeEstimator, type OwnedEstimator } from "./categorical-estimator.js";
import { CategoryPrior, type CategoryProbs, readCategoryPrior } from "./category-prior.js";
import { Latent, type LatentSize, type LogLikelihoodOfDraws } from "./latent.js";
import type { LatentConfig, LatentParameters, LatentSample } from "./latent-part.js";

/** Options of {@link CategoricalLatent}. */
export interface CategoricalLatentOptions extends LatentSize {
  /**
   * How the gradient passes the draw: an estimator of @igr/core by its kind and options, or an object of your own (which stays
   * yours to dispose, and cannot be saved). ReinMax at temperature 1.1 if absent.
   */
  readonly estimator?: CategoricalEstimator | GradientEstimator<OneHotCategorical>;
  /** Probabilities of the categories under the prior, > 0; uniform if absent. */
  readonly prior?: CategoryProbs;
  /** Whether each variable's prior is trained with the model, from `prior`; false by default. */
  readonly learnPrior?: boolean;
}

/**
 * N categorical variables of K categories that are not relaxed: the decoder sees one-hot draws, in training too, and the KL is
 * that of the categories, in closed form (eq 9). So the model's ELBO is its hard ELBO. Gradients pass the draw by an estimator:
 * straight-through and its kin, or one without bias.
 *
 * The encoder gives K logits per variable. Bits (K = 2) take one number each, the log-odds of 1, and the decoder receives the bit
 * itself, 0 or 1; everywhere else a bit is a one-hot vector of two, the second of which is 1 for the bit 1.
 *
 * `'vimco'` trains the multi-sample bound: `elbo` is then log mean w of `samples` draws in training, and `reconstruction` what has to be
 * added to -KL for it. A temperature schedule is that of the estimator, where it has one; the model itself has none.
 *
 * @example
 * ```ts
 * const latent = new CategoricalLatent({ variables: 30, categories: 10, estimator: { kind: "reinmax", temperature: 1.1 } });
 * const bits = new CategoricalLatent({ variables: 200, categories: 2, estimator: { kind: "disarm" } });
 * ```
 */
export class CategoricalLatent extends Latent {
  /** What estimates the gradient; `undefined` options where an object was given. */
  readonly estimatorOptions: CategoricalEstimator | undefined;
  readonly #owned: OwnedEstimator;
  readonly #given: CategoryProbs | undefined;
  readonly #prior: CategoryPrior;

  /**
   * @throws RangeError for sizes, a prior or an estimator's numbers out of range; TypeError for what is no estimator or of another
   * kind.
   */
  constructor({
    estimator = { kind: "reinmax", temperature: 1.1 },
    prior,
    learnPrior = false,
    ...size
  }: CategoricalLatentOptions) {
    super(size);
    const owner = "CategoricalLatent";
    const logProbs = readCategoryPrior(owner, prior, this);
    if (estimator instanceof GradientEstimator) {
      this.estimatorOptions = undefined;
      this.#owned = { estimator, dispose: () => {} };
    } else {
      this.estimatorOptions = estimator;
      this.#owned = makeEstimator(owner, estimator, this.variables * this.categories);
    }
    this.#given = prior;
    this.#prior = new CategoryPrior(logProbs, learnPrior);
  }

  /** The estimator. */
  get estimator(): GradientEstimator<OneHotCategorical> {
    return this.#owned.estimator;
  }

  private get areBits(): boolean {
    return this.categories === 2;
  }

  override get outputsPerVariable(): number {
    return this.areBits ? 1 : this.categories;
  }

  override get inputsPerVariable(): number {
    return this.areBits ? 1 : this.categories;
  }

  override get hasTemperature(): boolean {
    return this.estimator.hasTemperature;
  }

  override describeScheduledPrior(): string {
    return "the prior has no temperature: only the gradient's estimator has";
  }

  override get trainableVariables(): tf.Variable[] {
    return [...this.#prior.trainableVariables, ...this.estimator.trainableVariables];
  }

  /** `{ logits: [B, N, K] }`, normalized. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return tf.tidy(() => {
      const logits = this.areBits ? tf.concat([tf.zerosLike(outputs), outputs], 2) : outputs;
      return { logits: tf.logSoftmax(logits) };
    });
  }

  /** One-hot draws. No gradient passes them: {@link trainingTerms} has the estimate. */
  override sample({ logits }: LatentParameters, rng: Rng, sampleShape: readonly number[] = []): LatentSample {
    const z = new OneHotCategorical({ logits: logits! }).sample(rng, sampleShape);
    return { z, input: this.decoderInput(z), logRatio: () => this.#logRatio(logits!, z) };
  }

  override trainingTerms(
    parameters: LatentParameters,
    logLikelihood: LogLikelihoodOfDraws,
    rng: Rng,
    { temperature }: Scheduled = {},
  ): ElboTerms {
    const logits = parameters.logits!;
    const posterior = new OneHotCategorical({ logits });
    const scheduled = temperature === undefined ? this.estimator : this.estimator.atTemperature(temperature);
    const likelihood = (z: tf.Tensor) => logLikelihood(this.decoderInput(z));
    const kl = tf.sum(this.kl(parameters), 1) as tf.Tensor1D;
    if (scheduled instanceof Vimco) {
      const minusLogWeight = (z: tf.Tensor) => tf.sub(tf.sum(this.#logRatio(logits, z), -1), likelihood(z));
      const elbo = tf.neg(scheduled.surrogate(posterior, minusLogWeight, rng)) as tf.Tensor1D;
      return { elbo, reconstruction: tf.add(elbo, kl) as tf.Tensor1D, kl };
    }
    const reconstruction = tf.neg(scheduled.surrogate(posterior, (z) => tf.neg(likelihood(z)), rng)) as tf.Tensor1D;
    return { elbo: tf.sub(reconstruction, kl) as tf.Tensor1D, reconstruction, kl };
  }

  override discreteLogProbs({ logits }: LatentParameters): tf.Tensor {
    return tf.clone(logits!);
  }

  /** sum_k p_k (log p_k - log prior_k), `[B, N]` (eq 9). */
  override kl({ logits }: LatentParameters): tf.Tensor {
    return tf.tidy(() => {
      const probs = tf.exp(logits!);
      // A probability of 0 counts for nothing, whatever its logarithm.
      return tf.sum(tf.mul(probs, tf.sub(tf.maximum(logits!, -1e30), this.#prior.logProbs)), 2);
    });
  }

  override categoricalKl(parameters: LatentParameters): tf.Tensor {
    return this.kl(parameters);
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

  /** @throws TypeError for an estimator that was given as an object. */
  override config(): LatentConfig {
    const { variables, categories, estimatorOptions: estimator } = this;
    if (estimator === undefined) {
      throw new TypeError(
        "CategoricalLatent.config: an estimator given as an object cannot be saved; give its kind and options",
      );
    }
    return {
      kind: "categorical",
      variables,
      categories,
      estimator,
      ...(this.#given === undefined ? {} : { prior: this.#given }),
      ...(this.#prior.isLearned ? { learnPrior: true } : {}),
    };
  }

  override dispose(): void {
    this.#prior.dispose();
    this.#owned.dispose();
  }

  /** log q(z | x) - log p(z), `[..., B, N]`. */
  #logRatio(logits: tf.Tensor, z: tf.Tensor): tf.Tensor {
    return tf.tidy(() => tf.sum(tf.mul(z, tf.sub(tf.maximum(logits, -1e30), this.#prior.logProbs)), -1));
  }
}
