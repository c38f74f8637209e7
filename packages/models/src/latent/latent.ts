import type { Rng } from "@igr/core";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { ElboTerms } from "../model/model.js";
import type { Scheduled } from "../schedule/schedule.js";
import { type LatentParameters, LatentPart } from "./latent-part.js";

/** How many categorical variables there are, and how many categories they have. */
export interface LatentSize {
  /** N, the number of categorical variables, >= 1. */
  readonly variables: number;
  /** K, the number of categories of each variable, >= 2. */
  readonly categories: number;
}

/**
 * How a prior behaves while a schedule changes the posterior's temperature. `'fixed'`: its distribution over the
 * simplex stays that of the final temperature. `'follows'`: it changes with the temperature. The KL always uses the
 * prior of the current step.
 */
export type ScheduledPrior = "fixed" | "follows";

/** How accurate probabilities of categories have to be. */
export type ProbsPrecision = "full" | "training";

/**
 * log p(x | z) of a batch as a function of the decoder's input:
 * `[...samples, B, N, inputsPerVariable] -> [...samples, B]`, in nats.
 */
export type LogLikelihoodOfDraws = (input: tf.Tensor) => tf.Tensor;

/**
 * The latent part of a discrete VAE: N categorical variables with K categories, relaxed onto the simplex.
 *
 * A relaxation defines how many numbers per variable the encoder gives, how they become the posterior's parameters, how
 * to draw from the posterior, and the prior. A subclass implements `outputsPerVariable`, `parameters`, `sample`,
 * `samplePrior` and `config`; By default `kl` is estimated from the sample that the decoder sees (eq 14 with one
 * sample); override it if a closed form exists. A subclass with a temperature that schedules can change overrides
 * {@link hasTemperature} and {@link describeScheduledPrior}.
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
   * log P(argmax z = k) under the posterior, `[B, N, K]`, for the discrete variables that the part relaxes. Absent if
   * these probabilities are not known.
   * @param scheduled The values of the training step's schedules, if the probabilities depend on a temperature.
   * @param precision `'training'` allows an error that is small beside the noise of a training step, in less time;
   * `'full'` by default.
   */
  discreteLogProbs?(parameters: LatentParameters, scheduled?: Scheduled, precision?: ProbsPrecision): tf.Tensor;

  /**
   * KL of the discrete variables themselves per variable, `[B, N]` in nats (eq 9): at most log K under a uniform prior.
   * It does not belong to a bound on the relaxed model. Absent if the probabilities of the categories are not known.
   */
  categoricalKl?(parameters: LatentParameters, scheduled?: Scheduled, precision?: ProbsPrecision): tf.Tensor;

  /**
   * The terms of the bound in training, whose gradient reaches the parameters by an estimator. Present if draws are
   * discrete, so that no gradient passes the sample itself; a model then uses these terms instead of its own.
   */
  trainingTerms?(
    parameters: LatentParameters,
    logLikelihood: LogLikelihoodOfDraws,
    rng: Rng,
    scheduled?: Scheduled,
  ): ElboTerms;

  /** Whether {@link trainingTerms} belong to a multi-sample bound, from which the KL cannot be separated. */
  get trainsMultiSampleBound(): boolean {
    return false;
  }

  /** How many categories argmax z can be: K, unless some never have the largest coordinate. */
  get attainableCategories(): number {
    return this.categories;
  }

  /** The maximum temperature, of the posterior and of schedules; undefined if there is no limit. */
  get temperatureLimit(): number | undefined {
    return undefined;
  }

  /** Whether the part has a temperature that a schedule can change; false by default. */
  get hasTemperature(): boolean {
    return false;
  }

  /** A sentence about what such a schedule does to the prior, for the history of a run. */
  describeScheduledPrior(): string {
    return "the prior does not depend on the temperature";
  }
}
