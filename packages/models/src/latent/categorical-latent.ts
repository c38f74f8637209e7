import { GradientEstimator, OneHotCategorical, type Rng, Vimco } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { type CategoricalEstimator, makeEstimator, type OwnedEstimator } from "./categorical-estimator.js";
import type { LatentConfig, LatentParameters } from "./latent-part.js";
import { OneHotLatent, type OneHotOptions } from "./one-hot-latent.js";

/** Options of {@link CategoricalLatent}. */
export interface CategoricalLatentOptions extends OneHotOptions {
  /**
   * How the gradient passes the draw: an estimator of @igr/core by its kind and options, or an object of your own (which stays
   * yours to dispose, and cannot be saved). ReinMax at temperature 1.1 if absent.
   */
  readonly estimator?: CategoricalEstimator | GradientEstimator<OneHotCategorical>;
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
export class CategoricalLatent extends OneHotLatent {
  /** What estimates the gradient; `undefined` where an estimator object was given. */
  readonly estimatorOptions: CategoricalEstimator | undefined;
  readonly #owned: OwnedEstimator<OneHotCategorical>;

  /**
   * @throws RangeError for sizes, a prior or an estimator's numbers out of range; TypeError for an unknown option, or an estimator of another
   * kind.
   */
  constructor(options: CategoricalLatentOptions) {
    const owner = "CategoricalLatent";
    if (new.target === CategoricalLatent) checkNamedOptions(owner, options, OPTIONS);
    const { estimator = { kind: "reinmax", temperature: 1.1 }, ...rest } = options;
    super(owner, rest);
    if (estimator instanceof GradientEstimator) {
      this.estimatorOptions = undefined;
      this.#owned = { estimator, dispose: () => {} };
    } else {
      this.estimatorOptions = estimator;
      this.#owned = makeEstimator(owner, estimator, this.variables * this.categories);
    }
  }

  /** The estimator. */
  get estimator(): GradientEstimator<OneHotCategorical> {
    return this.#owned.estimator;
  }

  override get outputsPerVariable(): number {
    return this.areBits ? 1 : this.categories;
  }

  override get hasTemperature(): boolean {
    return this.estimator.hasTemperature;
  }

  override describeScheduledPrior(): string {
    return "the prior has no temperature: only the gradient's estimator has";
  }

  override get trainsMultiSampleBound(): boolean {
    return this.estimator instanceof Vimco;
  }

  override get trainableVariables(): tf.Variable[] {
    return [...super.trainableVariables, ...this.estimator.trainableVariables];
  }

  override get stateVariables(): tf.Variable[] {
    return this.estimator.stateVariables;
  }

  /** `{ logits: [B, N, K] }`, normalized. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return tf.tidy(() => {
      const logits = this.areBits ? tf.concat([tf.zerosLike(outputs), outputs], 2) : outputs;
      return { logits: tf.logSoftmax(logits) };
    });
  }

  override discreteLogProbs({ logits }: LatentParameters): tf.Tensor {
    return tf.clone(logits!);
  }

  /** @throws TypeError for an estimator that was given as an object. */
  override config(): LatentConfig {
    const { estimatorOptions: estimator } = this;
    if (estimator === undefined) {
      throw new TypeError(
        "CategoricalLatent.config: an estimator given as an object cannot be saved; give its kind and options",
      );
    }
    const { sizes, prior } = this.sizesAndPrior();
    return { kind: "categorical", ...sizes, estimator, ...prior };
  }

  override dispose(): void {
    super.dispose();
    this.#owned.dispose();
  }

  protected override surrogate(
    _parameters: LatentParameters,
    logProbs: tf.Tensor,
    loss: (z: tf.Tensor) => tf.Tensor,
    rng: Rng,
    { temperature }: Scheduled,
  ): tf.Tensor {
    const scheduled = temperature === undefined ? this.estimator : this.estimator.atTemperature(temperature);
    return scheduled.surrogate(new OneHotCategorical({ logits: logProbs }), loss, rng);
  }
}

const OPTIONS = {
  variables: "checked",
  categories: "checked",
  estimator: "optional",
  prior: "optional",
  learnPrior: "optional",
} as const;
