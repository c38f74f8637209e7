import type { Validation } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";

/** Options of every distribution, in addition to its parameters. */
export interface DistributionOptions {
  /**
   * What is checked. `'shapes'` (default): shapes, and parameters given as numbers, at no cost. `'values'`: also the
   * data of tensors, which stalls a GPU and cannot be traced by a compiler. `false`: nothing.
   */
  readonly validate?: Validation;
}

/** Options of `Distribution.sample`. */
export interface SampleOptions {
  /**
   * Relaxed distributions only: one-hot samples whose gradient is that of the relaxed sample (straight-through). By
   * default the sample is relaxed.
   */
  readonly hard?: boolean;
}

/** Options of `Distribution.sampleAndLogProb`. */
export interface SampleAndLogProbOptions {
  /**
   * The log-density keeps only the gradient that runs through the sample: the distribution's parameters count as
   * constants in it (Roeder, Wu and Duvenaud 2017). By default it keeps both gradients.
   */
  readonly stickTheLanding?: boolean;
}

/** Draws with their log-densities. */
export interface SampleAndLogProb {
  /** The sample, `[...sampleShape, ...batchShape, ...eventShape]`. */
  readonly value: tf.Tensor;
  /** Its log-density, `[...sampleShape, ...batchShape]`. */
  readonly logProb: tf.Tensor;
}
