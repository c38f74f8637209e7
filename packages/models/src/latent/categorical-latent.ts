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
   * How the gradient passes the draw: an estimator of @igr/core by its kind and options, or an estimator object, which
   * you dispose and which cannot be saved. ReinMax at temperature 1.1 by default.
   */
  readonly estimator?: CategoricalEstimator | GradientEstimator<OneHotCategorical>;
}

/**
 * N categorical variables of K categories that are not relaxed: the decoder receives one-hot draws, also in training,
 * and the KL is that of the categories, in closed form (eq 9). So the model's ELBO is its hard ELBO. An estimator
 * passes gradients through the draw: straight-through and related estimators, or an unbiased one.
 *
 * The encoder gives K logits per variable. For bits (K = 2) the encoder gives one number each, the log-odds of 1, and
 * the decoder receives the bit itself, 0 or 1. Everywhere else a bit is a one-hot vector of size two, whose second
 * entry is the bit.
 *
 * `'vimco'` trains the multi-sample bound: in training, `elbo` is then log mean w of `samples` draws, and
 * `reconstruction` is `elbo` + KL. A temperature schedule applies to the estimator, if it has a temperature; the model
 * itself has none.
 *
 * @example
 * ```ts
 * const latent = new CategoricalLatent({ variables: 30, categories: 10, estimator: { kind: "reinmax", temperature: 1.1 } });
 * const bits = new CategoricalLatent({ variables: 200, categories: 2, estimator: { kind: "disarm" } });
 * ```
 */
export class CategoricalLatent extends OneHotLatent {
  /** The gradient estimator's kind and options; `undefined` if an estimator object was given. */
  readonly estimatorOptions: CategoricalEstimator | undefined;
  readonly #owned: OwnedEstimator<OneHotCategorical>;

  /**
   * @throws RangeError if sizes, the prior or a number of the estimator is out of range; TypeError for an unknown
   * option, or an invalid estimator.
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
