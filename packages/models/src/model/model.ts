import type { Rng } from "@igr/core";
import type * as tf from "@tensorflow/tfjs-core";
import type { Latent } from "../latent/latent.js";
import type { LatentParameters } from "../latent/latent-part.js";
import type { Schedule, Scheduled } from "../schedule/schedule.js";

/** The terms of a bound, one number per image, `[B]`, in nats. A model may give more of them, under names of its own. */
export interface ElboTerms {
  /** reconstruction - kl: a lower bound on log p(x), with one sample. */
  readonly elbo: tf.Tensor1D;
  /** log p(x | z) at the sample, summed over pixels. */
  readonly reconstruction: tf.Tensor1D;
  /**
   * KL(q(z | x) || p(z)), summed over the variables: in closed form if the latent part has one, otherwise estimated.
   */
  readonly kl: tf.Tensor1D;
  /** A term that a model does not have is absent, not undefined. */
  readonly [term: string]: tf.Tensor1D;
}

/** How a model is run on a batch. */
export interface ForwardOptions {
  /** Whether dropout and batch normalization behave as in training; false by default. */
  readonly training?: boolean;
  /** The values of the schedules at this step; without a schedule the model uses its own number. */
  readonly scheduled?: Scheduled;
}

/** A variable that training may change, under its name in checkpoints. */
export interface NamedVariable {
  /** `encoder.000.dense_Dense1/kernel` */
  readonly name: string;
  /** The variable, on the backend. */
  readonly variable: tf.Variable;
}

/** Relaxed categorical variables of a model, and their posterior at given images, for counting vanished gradients. */
export interface RelaxedPart {
  /** The variables. */
  readonly latent: Latent;
  /** Their posterior. */
  readonly parameters: LatentParameters;
}

/** What `config()` of a model returns: JSON from which `load` rebuilds the model without its weights. */
export interface ModelConfig {
  /** The name by which `load` finds the class. */
  readonly kind: string;
  readonly [part: string]: unknown;
}

/**
 * What `fit` trains, `evaluate` measures and `save` keeps. Its methods return tensors that the caller disposes. They
 * draw only from the `rng` that they are given and read no tensor values, so a training step that calls them can be
 * compiled.
 */
export interface TrainableModel {
  /** Whether pixels are 0 or 1; `fit` then binarizes grey images. */
  readonly isBinary: boolean;
  /**
   * A description of the likelihood for tables of results, including a Gaussian's scale and floor, which determine the
   * ELBO.
   */
  readonly description: string;
  /** The variables that training updates. */
  readonly trainableVariables: tf.Variable[];
  /** Schedules that belong to the objective, by name. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** Names of the schedules that `fit` may be given in addition. */
  readonly schedulable: readonly string[];
  /** What a schedule of the temperature does to the prior, in words; absent if there is no temperature. */
  readonly scheduledPrior?: string;
  /** The maximum temperature of a schedule; absent if there is no limit. */
  readonly temperatureLimit?: number;
  /** The terms of the bound on a batch of images. */
  elbo(x: tf.Tensor, rng: Rng, options?: ForwardOptions): ElboTerms;
  /** What training minimizes, from the terms of a batch. */
  lossOf(terms: ElboTerms, scheduled?: Scheduled): tf.Scalar;
  /**
   * What the regularizers of the networks' layers add to the loss, but not to the bound. `fit` reports it as the term
   * `regularization`. Absent or undefined if there is no regularizer.
   */
  regularization?(): tf.Scalar | undefined;
  /** The relaxed categorical parts with their posteriors at x; an empty list if the model has no such parts. */
  relaxedParts(x: tf.Tensor): RelaxedPart[];
  /** All variables that training may change, in a fixed order. */
  namedVariables(): NamedVariable[];
  /** The JSON from which `load` rebuilds the model. */
  config(): ModelConfig;
  /** Frees the model's memory on the backend. */
  dispose(): void;
}
