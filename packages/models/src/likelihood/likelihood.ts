import type * as tf from "@tensorflow/tfjs-core";

/** What {@link Likelihood.config} returns: JSON, with the kind under which `load` finds the class again. */
export interface LikelihoodConfig {
  /** The name by which `load` finds the class. */
  readonly kind: string;
  readonly [option: string]: unknown;
}

/**
 * p(x | z): how the decoder's outputs become a distribution over images.
 * The pixels of an image are independent given z; an image is `[pixels]`, the decoder gives `outputsPerPixel` numbers
 * for each, as blocks (all first numbers, then all second ones).
 */
export abstract class Likelihood {
  /** Numbers that the decoder gives for each pixel. */
  abstract readonly outputsPerPixel: number;

  /** A description for tables of results, including the scale of a Gaussian and its floor, which determine the ELBO. */
  abstract readonly description: string;

  /** Whether pixels are 0 or 1 (grey values in between are taken as probabilities), so that `fit` binarizes. */
  abstract readonly isBinary: boolean;

  /**
   * log p(x | z) in nats, summed over pixels:
   * x `[B, pixels]` and outputs `[...sampleShape, B, pixels * outputsPerPixel] -> [...sampleShape, B]`.
   */
  abstract logProb(x: tf.Tensor2D, outputs: tf.Tensor): tf.Tensor;

  /** The mean image: `[..., pixels * outputsPerPixel] -> [..., pixels]`. */
  abstract mean(outputs: tf.Tensor): tf.Tensor;

  /** What a checkpoint stores to rebuild the object, as plain JSON. */
  abstract config(): LikelihoodConfig;

  /** Trainable variables of the likelihood. */
  get trainableVariables(): tf.Variable[] {
    return [];
  }

  /** Frees the object's memory on the backend. */
  dispose(): void {}
}
