import type { Rng } from "@igr/core";
import type * as tf from "@tensorflow/tfjs-core";
import { checkInteger } from "../check.js";

/** The parameters of a batch of posteriors by name, each `[B, N, P]` with P its own size per variable. */
export type LatentParameters = Readonly<Record<string, tf.Tensor>>;

/** One draw of all variables of a batch. */
export interface LatentSample {
  /** On the simplex: `[...sampleShape, B, N, K]`. */
  readonly z: tf.Tensor;
  /**
   * log q(z | x) - log p(z) of this very draw, per variable, `[...sampleShape, B, N]`, in nats.
   * It is computed from the draw's pre-image, so that it is finite where z has rounded to a vertex.
   */
  readonly logRatio: () => tf.Tensor;
}

/** What {@link Latent.config} returns: JSON, with the kind under which `load` finds the class again. */
export interface LatentConfig {
  readonly kind: string;
  readonly [option: string]: unknown;
}

export interface LatentSize {
  /** N, the number of categorical variables, >= 1. */
  readonly variables: number;
  /** K, the number of categories of each, >= 2. */
  readonly categories: number;
}

/**
 * The latent part of a discrete VAE: N categorical variables with K categories, relaxed onto the simplex.
 *
 * A relaxation says how many numbers per variable the encoder gives, how these become the posterior's parameters,
 * how to draw from it, and what its prior is. A subclass of your own needs {@link outputsPerVariable},
 * {@link parameters}, {@link sample}, {@link samplePrior} and {@link config}; `kl` is by default the estimate from the
 * one sample that the decoder sees (eq 14 with one sample), and is overridden where a closed form exists.
 *
 * Every method but `config` is a pure function of tensors and draws from `rng` (nothing reads a value), so that a
 * training step can be traced and compiled.
 */
export abstract class Latent {
  readonly variables: number;
  readonly categories: number;

  /** How many numbers of the encoder's output belong to one variable. */
  abstract readonly outputsPerVariable: number;

  /** @throws RangeError unless `variables` is an integer >= 1 and `categories` one >= 2. */
  constructor({ variables, categories }: LatentSize) {
    this.variables = checkInteger(new.target.name, "variables", variables, 1);
    this.categories = checkInteger(new.target.name, "categories", categories, 2);
  }

  /** The number of units that the encoder's last layer needs: N times `outputsPerVariable`. */
  get encoderOutputs(): number {
    return this.variables * this.outputsPerVariable;
  }

  /** The number of units that the decoder receives: N K. */
  get decoderInputs(): number {
    return this.variables * this.categories;
  }

  /** The posterior's parameters from the encoder's output: `[B, N, outputsPerVariable] -> { name: [B, N, P] }`. */
  abstract parameters(outputs: tf.Tensor3D): LatentParameters;

  /**
   * Draws from the posterior: reparameterized, so that gradients reach `parameters`.
   * To be called inside `tf.tidy`: what `logRatio` needs lives as long as that scope.
   */
  abstract sample(parameters: LatentParameters, rng: Rng, sampleShape?: readonly number[]): LatentSample;

  /** KL(q(z | x) || p(z)) per variable in nats, `[B, N]`; `sample` is the draw that the decoder sees. */
  kl(_parameters: LatentParameters, sample: LatentSample): tf.Tensor {
    return sample.logRatio();
  }

  /** Draws `count` latents from the prior: `[count, N, K]`. */
  abstract samplePrior(rng: Rng, count: number): tf.Tensor3D;

  /** What a checkpoint keeps to build the same object again, the prior included: plain JSON. */
  abstract config(): LatentConfig;

  /** Variables of the latent part itself that training may move; none unless a subclass has some. */
  get trainableVariables(): tf.Variable[] {
    return [];
  }

  /** Frees what the object holds on the backend. */
  dispose(): void {}
}
