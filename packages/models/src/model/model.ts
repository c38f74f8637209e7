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
  /** KL(q(z | x) || p(z)), summed over the variables: in closed form where the latent part has one, else estimated. */
  readonly kl: tf.Tensor1D;
  /** Absent, not undefined, where a model does not give it. */
  readonly [term: string]: tf.Tensor1D;
}

/** How a model is run on a batch. */
export interface ForwardOptions {
  /** Whether dropout and batch normalization behave as in training; false by default. */
  readonly training?: boolean;
  /** The values of the schedules at this step; where one is absent, the model's own number holds. */
  readonly scheduled?: Scheduled;
}

/** A number that training may have moved, under the name that a checkpoint gives it. */
export interface NamedVariable {
  /** `encoder.000.dense_Dense1/kernel` */
  readonly name: string;
  /** The number itself, on the backend. */
  readonly variable: tf.Variable;
}

/** Relaxed categorical variables of a model, and their posterior at given images: what vanished gradients are counted of. */
export interface RelaxedPart {
  /** The variables. */
  readonly latent: Latent;
  /** Their posterior. */
  readonly parameters: LatentParameters;
}

/** What `config()` of a model returns: JSON from which `load` builds the model again, its weights aside. */
export interface ModelConfig {
  /** What `load` finds the class by. */
  readonly kind: string;
  readonly [part: string]: unknown;
}

/**
 * What `fit` trains, `evaluate` measures and `save` keeps. Its methods return tensors that the caller disposes, draw from the
 * `rng` that they are given and from nothing else, and read no values: a training step over them can be compiled.
 */
export interface TrainableModel {
  /** Whether pixels are 0 or 1, so that `fit` binarizes grey ones. */
  readonly isBinary: boolean;
  /** The likelihood in words fit for a results table: a Gaussian's scale and floor decide its ELBO. */
  readonly description: string;
  /** The variables that training moves. */
  readonly trainableVariables: tf.Variable[];
  /** Schedules that belong to the objective, by name. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** Names of the schedules that `fit` may be given in addition. */
  readonly schedulable: readonly string[];
  /** What a schedule of the temperature does to the prior, in words; absent where there is no temperature. */
  readonly scheduledPrior?: string;
  /** The largest temperature that a schedule may reach; absent where there is no such limit. */
  readonly temperatureLimit?: number;
  /** The terms of the bound on a batch of images. */
  elbo(x: tf.Tensor, rng: Rng, options?: ForwardOptions): ElboTerms;
  /** What training minimizes, from the terms of a batch. */
  lossOf(terms: ElboTerms, scheduled?: Scheduled): tf.Scalar;
  /**
   * What the regularizers of the networks' layers add to the loss, and not to the bound: `fit` reports it as the term `regularization`. Absent,
   * or undefined, where there is none.
   */
  regularization?(): tf.Scalar | undefined;
  /** The relaxed categorical parts with their posteriors at x; none where there are none. */
  relaxedParts(x: tf.Tensor): RelaxedPart[];
  /** Every number that training may have moved, in a fixed order. */
  namedVariables(): NamedVariable[];
  /** What `load` builds the model from, as JSON. */
  config(): ModelConfig;
  /** Frees what the model holds on the backend. */
  dispose(): void;
}
