import type { Rng } from "@igr/core";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { ElboTerms } from "../model/model.js";
import type { Scheduled } from "../schedule/schedule.js";
import { type LatentParameters, LatentPart } from "./latent-part.js";

/** How many categorical variables there are, and of how many categories. */
export interface LatentSize {
  /** N, the number of categorical variables, >= 1. */
  readonly variables: number;
  /** K, the number of categories of each, >= 2. */
  readonly categories: number;
}

/**
 * What a prior does while a schedule moves the posterior's temperature away from its final value.
 * `'fixed'`: its distribution over the simplex stays that of the final temperature. `'follows'`: it becomes as soft as the
 * posterior does. The KL of each is that of the prior which holds at the step.
 */
export type ScheduledPrior = "fixed" | "follows";

/** log p(x | z) of a batch from what the decoder receives: `[...samples, B, N, inputsPerVariable] -> [...samples, B]`, in nats. */
export type LogLikelihoodOfDraws = (input: tf.Tensor) => tf.Tensor;

/**
 * The latent part of a discrete VAE: N categorical variables with K categories, relaxed onto the simplex.
 *
 * A relaxation says how many numbers per variable the encoder gives, how these become the posterior's parameters,
 * how to draw from it, and what its prior is. A subclass of your own needs `outputsPerVariable`, `parameters`, `sample`,
 * `samplePrior` and `config`; `kl` is by default the estimate from the one sample that the decoder sees (eq 14 with one
 * sample), and is overridden where a closed form exists. One that follows a scheduled temperature says what its prior does
 * then, by {@link hasTemperature} and {@link describeScheduledPrior}.
 */
export abstract class Latent extends LatentPart {
  readonly categories: number;

  /** @throws RangeError unless `variables` is an integer >= 1 and `categories` one >= 2. */
  constructor({ variables, categories }: LatentSize) {
    super(variables);
    this.categories = checkInteger(new.target.name, "categories", categories, 2);
  }

  /** K, unless the decoder receives another form of z. */
  override get inputsPerVariable(): number {
    return this.categories;
  }

  /**
   * log P(argmax z = k) under the posterior, `[B, N, K]`: of the discrete variables that the part relaxes. Absent where these
   * probabilities are not known.
   * @param scheduled The values of the training step's schedules, where the probabilities depend on a temperature.
   */
  discreteLogProbs?(parameters: LatentParameters, scheduled?: Scheduled): tf.Tensor;

  /**
   * KL of the discrete variables themselves per variable, `[B, N]` in nats (eq 9): at most log K under a uniform prior, and no part
   * of a bound on the relaxed model. Absent where the probabilities of the categories are not known.
   */
  categoricalKl?(parameters: LatentParameters, scheduled?: Scheduled): tf.Tensor;

  /**
   * The terms of the bound in training, whose gradient reaches the parameters by an estimator. Present where draws are discrete, so
   * that none passes the sample itself; a model then takes these terms in the place of its own.
   */
  trainingTerms?(
    parameters: LatentParameters,
    logLikelihood: LogLikelihoodOfDraws,
    rng: Rng,
    scheduled?: Scheduled,
  ): ElboTerms;

  /** Whether {@link trainingTerms} are those of a bound with several samples, from which the KL cannot be told apart. */
  get trainsMultiSampleBound(): boolean {
    return false;
  }

  /** How many categories argmax z can be: K, unless some never win. */
  get attainableCategories(): number {
    return this.categories;
  }

  /** The largest temperature that there may be, posterior and schedule alike; undefined where there is no limit. */
  get temperatureLimit(): number | undefined {
    return undefined;
  }

  /** Whether the part has a temperature that a schedule can move; false unless a subclass says otherwise. */
  get hasTemperature(): boolean {
    return false;
  }

  /** A sentence about what such a schedule does to the prior, for the history of a run. */
  describeScheduledPrior(): string {
    return "the prior does not depend on the temperature";
  }
}
