import type { Rng } from "@igr/core";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { Scheduled } from "../schedule/schedule.js";

/** The parameters of a batch of posteriors by name, each `[B, N, P]` with P its own size per variable. */
export type LatentParameters = Readonly<Record<string, tf.Tensor>>;

/** One draw of all variables of a batch. */
export interface LatentSample {
  /** `[...sampleShape, B, N, P]`. For categorical variables it lies on the simplex, with P = K. */
  readonly z: tf.Tensor;
  /** The decoder's input, if it is not z itself: `[...sampleShape, B, N, inputsPerVariable]`. */
  readonly input?: tf.Tensor;
  /** How many categories each variable of the draw keeps, if that number varies: `[...sampleShape, B, N]`. */
  readonly kept?: tf.Tensor;
  /**
   * log q(z | x) - log p(z) of this draw, per variable, `[...sampleShape, B, N]`, in nats. It is computed from the
   * draw's pre-image, so it stays finite if z rounds to a vertex.
   */
  readonly logRatio: () => tf.Tensor;
}

/** What {@link LatentPart.config} returns: JSON, with the kind under which `load` finds the class again. */
export interface LatentConfig {
  /** The name by which `load` finds the class. */
  readonly kind: string;
  readonly [option: string]: unknown;
}

/**
 * N latent variables of one kind, continuous or categorical. It defines how many outputs of the encoder each variable
 * needs, how they become the posterior's parameters, how to draw from the posterior, and the prior.
 *
 * Every method except `config` is a pure function of tensors and of draws from `rng`, and reads no tensor values, so a
 * training step can be traced and compiled.
 */
export abstract class LatentPart {
  readonly variables: number;

  /** How many numbers of the encoder's output belong to one variable. */
  abstract readonly outputsPerVariable: number;

  /** How many numbers the decoder receives for one variable. */
  abstract readonly inputsPerVariable: number;

  /** @throws RangeError unless `variables` is an integer >= 1. */
  constructor(variables: number) {
    this.variables = checkInteger(new.target.name, "variables", variables, 1);
  }

  /** The number of units that the encoder's last layer needs: N times `outputsPerVariable`. */
  get encoderOutputs(): number {
    return this.variables * this.outputsPerVariable;
  }

  /** The number of units that the decoder receives: N times `inputsPerVariable`. */
  get decoderInputs(): number {
    return this.variables * this.inputsPerVariable;
  }

  /** The posterior's parameters from the encoder's output: `[B, N, outputsPerVariable] -> { name: [B, N, P] }`. */
  abstract parameters(outputs: tf.Tensor3D): LatentParameters;

  /**
   * Draws from the posterior, reparameterized so that gradients reach `parameters`. Call it inside `tf.tidy`: the
   * tensors that `logRatio` needs live until the end of that scope.
   * @param scheduled The values of the training step's schedules; a part with a temperature follows `temperature`.
   */
  abstract sample(
    parameters: LatentParameters,
    rng: Rng,
    sampleShape?: readonly number[],
    scheduled?: Scheduled,
  ): LatentSample;

  /** KL(q(z | x) || p(z)) per variable in nats, `[B, N]`; `sample` is the draw that the decoder sees. */
  kl(_parameters: LatentParameters, sample: LatentSample, _scheduled?: Scheduled): tf.Tensor {
    return sample.logRatio();
  }

  /** Draws `count` latents from the prior: `[count, N, P]`. */
  abstract samplePrior(rng: Rng, count: number): tf.Tensor3D;

  /** What the decoder receives for z `[..., N, P]`; z itself unless a subclass overrides it. */
  decoderInput(z: tf.Tensor): tf.Tensor {
    return z;
  }

  /** What a checkpoint stores to rebuild the object, including the prior, as plain JSON. */
  abstract config(): LatentConfig;

  /** Trainable variables of the part; none by default. */
  get trainableVariables(): tf.Variable[] {
    return [];
  }

  /**
   * Variables that a step assigns itself, such as a moving average. Optimizers do not update them; checkpoints contain
   * them.
   */
  get stateVariables(): tf.Variable[] {
    return [];
  }

  /** Frees the object's memory on the backend. */
  dispose(): void {}
}
