import { ExpConcrete, type Rng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkPositive } from "../check.js";
import { Latent, type LatentConfig, type LatentParameters, type LatentSample, type LatentSize } from "./latent.js";

export interface GumbelSoftmaxLatentOptions extends LatentSize {
  /** The posterior's temperature, > 0. */
  readonly temperature: number;
  /** The prior's temperature, > 0; the posterior's if absent. */
  readonly priorTemperature?: number;
}

/**
 * N Gumbel-Softmax (Concrete) variables with K categories. The encoder gives K logits per variable, normalized by
 * log-softmax; the prior is uniform. The KL has no closed form: it is estimated in log space from the very draw that the
 * decoder sees (eq 14 with one sample), where Concrete densities stay finite at every temperature.
 */
export class GumbelSoftmaxLatent extends Latent {
  readonly temperature: number;
  readonly priorTemperature: number;
  readonly #priorLogits: tf.Tensor1D;

  /** @throws RangeError for a temperature that is not a finite number > 0, and as {@link Latent}. */
  constructor({ temperature, priorTemperature = temperature, ...size }: GumbelSoftmaxLatentOptions) {
    super(size);
    this.temperature = checkPositive("GumbelSoftmaxLatent", "temperature", temperature);
    this.priorTemperature = checkPositive("GumbelSoftmaxLatent", "priorTemperature", priorTemperature);
    this.#priorLogits = tf.keep(tf.fill([this.categories], -Math.log(this.categories)));
  }

  override get outputsPerVariable(): number {
    return this.categories;
  }

  /** `{ logits: [B, N, K] }`, normalized. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return { logits: tf.logSoftmax(outputs) };
  }

  override sample(parameters: LatentParameters, rng: Rng, sampleShape: readonly number[] = []): LatentSample {
    const posterior = new ExpConcrete({ temperature: this.temperature, logits: parameters.logits! });
    const { value: logZ, logProb } = posterior.sampleAndLogProb(rng, sampleShape);
    return { z: tf.exp(logZ), logRatio: () => tf.tidy(() => tf.sub(logProb, this.#prior().logProb(logZ))) };
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    return tf.tidy(() => tf.exp(this.#prior().sample(rng, [count, this.variables])) as tf.Tensor3D);
  }

  override config(): LatentConfig {
    const { variables, categories, temperature, priorTemperature } = this;
    return { kind: "gumbel-softmax", variables, categories, temperature, priorTemperature };
  }

  override dispose(): void {
    this.#priorLogits.dispose();
  }

  #prior(): ExpConcrete {
    return new ExpConcrete({ temperature: this.priorTemperature, logits: this.#priorLogits });
  }
}
