import { ExpConcrete, type Rng } from "@igr/core";
import { checkOneOf, checkOptions, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Scheduled } from "../schedule/schedule.js";
import { Latent, type LatentSize, type ScheduledPrior } from "./latent.js";
import type { LatentConfig, LatentParameters, LatentSample } from "./latent-part.js";
import { logOfSimplex } from "./log-of-simplex.js";

/** Options of {@link GumbelSoftmaxLatent}. */
export interface GumbelSoftmaxLatentOptions extends LatentSize {
  /** The posterior's temperature, > 0; where `fit` is given a schedule, its end. */
  readonly temperature: number;
  /** The prior's temperature, > 0; the posterior's if absent. */
  readonly priorTemperature?: number;
  /** Whether each variable's prior logits are trained with the model, from uniform ones; false (uniform for good) by default. */
  readonly learnPrior?: boolean;
  /**
   * Under a temperature schedule: `'fixed'` (default), the prior keeps `priorTemperature`; `'follows'`, it is multiplied by what
   * the posterior's temperature is multiplied by.
   */
  readonly scheduledPrior?: ScheduledPrior;
  /** What the decoder receives: `'z'` (default), or `'log z'` as in the programs of the paper's authors. */
  readonly decoderReceives?: "z" | "log z";
}

const OPTIONS: readonly (keyof GumbelSoftmaxLatentOptions)[] = [
  "variables",
  "categories",
  "temperature",
  "priorTemperature",
  "learnPrior",
  "scheduledPrior",
  "decoderReceives",
];

/**
 * N Gumbel-Softmax (Concrete) variables with K categories. The encoder gives K logits per variable, normalized by
 * log-softmax; the prior is uniform, or learned from there. The KL has no closed form: it is estimated in log space from the
 * very draw that the decoder sees (eq 14 with one sample), where Concrete densities stay finite at every temperature.
 */
export class GumbelSoftmaxLatent extends Latent {
  readonly temperature: number;
  readonly priorTemperature: number;
  readonly scheduledPrior: ScheduledPrior;
  readonly decoderReceives: "z" | "log z";
  readonly #learnsPrior: boolean;
  readonly #priorLogits: tf.Tensor;

  /** @throws RangeError for a temperature that is not a finite number > 0 or an unknown name, and as {@link Latent}. */
  constructor(options: GumbelSoftmaxLatentOptions) {
    if (new.target === GumbelSoftmaxLatent) checkOptions("GumbelSoftmaxLatent", options, OPTIONS);
    const {
      temperature,
      priorTemperature = temperature,
      learnPrior = false,
      scheduledPrior = "fixed",
      decoderReceives = "z",
      ...size
    } = options;
    super(size);
    const owner = "GumbelSoftmaxLatent";
    this.temperature = checkPositive(owner, "temperature", temperature);
    this.priorTemperature = checkPositive(owner, "priorTemperature", priorTemperature);
    this.scheduledPrior = checkOneOf(owner, "scheduledPrior", scheduledPrior, ["fixed", "follows"]);
    this.decoderReceives = checkOneOf(owner, "decoderReceives", decoderReceives, ["z", "log z"]);
    this.#learnsPrior = learnPrior;
    const uniform = -Math.log(this.categories);
    this.#priorLogits = learnPrior
      ? tf.tidy(() => tf.variable(tf.fill([this.variables, this.categories], uniform)))
      : tf.keep(tf.fill([this.categories], uniform));
  }

  override get outputsPerVariable(): number {
    return this.categories;
  }

  override get hasTemperature(): boolean {
    return true;
  }

  override describeScheduledPrior(): string {
    return this.scheduledPrior === "fixed"
      ? `the prior keeps the temperature ${this.priorTemperature}`
      : "the prior's temperature moves in proportion to the posterior's";
  }

  override get trainableVariables(): tf.Variable[] {
    return this.#learnsPrior ? [this.#priorLogits as tf.Variable] : [];
  }

  /** `{ logits: [B, N, K] }`, normalized. */
  override parameters(outputs: tf.Tensor3D): LatentParameters {
    return { logits: tf.logSoftmax(outputs) };
  }

  override sample(
    parameters: LatentParameters,
    rng: Rng,
    sampleShape: readonly number[] = [],
    { temperature }: Scheduled = {},
  ): LatentSample {
    const posterior = new ExpConcrete({ temperature: temperature ?? this.temperature, logits: parameters.logits! });
    const { value: logZ, logProb } = posterior.sampleAndLogProb(rng, sampleShape);
    return {
      z: tf.exp(logZ),
      ...(this.decoderReceives === "z" ? {} : { input: logZ }),
      logRatio: () => tf.tidy(() => tf.sub(logProb, this.#prior(temperature).logProb(logZ))),
    };
  }

  /** The logits: argmax z has the probabilities of their softmax, whatever the temperature. */
  override discreteLogProbs({ logits }: LatentParameters): tf.Tensor {
    return tf.clone(logits!);
  }

  /** sum_k p_k (log p_k - log prior_k) with p the softmax of the logits (eq 9). */
  override categoricalKl({ logits }: LatentParameters): tf.Tensor {
    return tf.tidy(() => {
      const prior = this.#learnsPrior ? tf.logSoftmax(this.#priorLogits) : this.#priorLogits;
      return tf.sum(tf.mul(tf.exp(logits!), tf.sub(logits!, prior)), 2);
    });
  }

  override samplePrior(rng: Rng, count: number): tf.Tensor3D {
    const shape = this.#learnsPrior ? [count] : [count, this.variables];
    return tf.tidy(() => tf.exp(this.#prior().sample(rng, shape)) as tf.Tensor3D);
  }

  override decoderInput(z: tf.Tensor): tf.Tensor {
    return this.decoderReceives === "z" ? z : logOfSimplex(z);
  }

  override config(): LatentConfig {
    const { variables, categories, temperature, priorTemperature } = this;
    return {
      kind: "gumbel-softmax",
      variables,
      categories,
      temperature,
      priorTemperature,
      ...(this.#learnsPrior ? { learnPrior: true } : {}),
      ...(this.scheduledPrior === "fixed" ? {} : { scheduledPrior: this.scheduledPrior }),
      ...(this.decoderReceives === "z" ? {} : { decoderReceives: this.decoderReceives }),
    };
  }

  override dispose(): void {
    this.#priorLogits.dispose();
  }

  #prior(temperature?: tf.Scalar): ExpConcrete {
    const follows = temperature !== undefined && this.scheduledPrior === "follows";
    return new ExpConcrete({
      temperature: follows ? tf.mul(temperature, this.priorTemperature / this.temperature) : this.priorTemperature,
      logits: this.#learnsPrior ? tf.logSoftmax(this.#priorLogits) : this.#priorLogits,
    });
  }
}
