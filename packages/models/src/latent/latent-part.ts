import type { Rng } from "@igr/core";
import { checkInteger } from "@igr/tensors";
import type * as tf from "@tensorflow/tfjs-core";
import type { Scheduled } from "../schedule/schedule.js";

/** The parameters of a batch of posteriors by name, each `[B, N, P]` with P its own size per variable. */
export type LatentParameters = Readonly<Record<string, tf.Tensor>>;

/** One draw of all variables of a batch. */
export interface LatentSample {
  /** `[...sampleShape, B, N, P]`: of categorical variables on the simplex, with P = K. */
  readonly z: tf.Tensor;
  /** What the decoder receives where that is another form of z: `[...sampleShape, B, N, inputsPerVariable]`. */
  readonly input?: tf.Tensor;
  /** How many categories each variable of the draw keeps, where that differs from draw to draw: `[...sampleShape, B, N]`. */
  readonly kept?: tf.Tensor;
  /**
   * log q(z | x) - log p(z) of this very draw, per variable, `[...sampleShape, B, N]`, in nats.
   * It is computed from the draw's pre-image, so that it is finite where z has rounded to a vertex.
   */
  readonly logRatio: () => tf.Tensor;
}

/** What {@link LatentPart.config} returns: JSON, with the kind under which `load` finds the class again. */
export interface LatentConfig {
  /** What `load` finds the class by. */
  readonly kind: string;
  readonly [option: string]: unknown;
}

/**
 * N latent variables of one kind, continuous or categorical: how many numbers of the encoder's output each takes, how these
 * become the posterior's parameters, how to draw from it, and what the prior is.
 *
 * Every method but `config` is a pure function of tensors and draws from `rng` (nothing reads a value), so that a
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
   * Draws from the posterior: reparameterized, so that gradients reach `parameters`.
   * To be called inside `tf.tidy`: what `logRatio` needs lives as long as that scope.
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

  /** What the decoder receives for z `[..., N, P]`: z itself unless a subclass says otherwise. */
  decoderInput(z: tf.Tensor): tf.Tensor {
    return z;
  }

  /** What a checkpoint keeps to build the same object again, the prior included: plain JSON. */
  abstract config(): LatentConfig;

  /** Variables of the part itself that training may move; none unless a subclass has some. */
  get trainableVariables(): tf.Variable[] {
    return [];
  }

  /** Variables that steps assign by themselves, such as a moving average: no optimizer moves them, a checkpoint keeps them. */
  get stateVariables(): tf.Variable[] {
    return [];
  }

  /** Frees what the object holds on the backend. */
  dispose(): void {}
}
