import { ExpConcrete, type Rng } from "@igr/core";
import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Scheduled } from "../schedule/schedule.js";
import { Latent, type LatentSize, type ScheduledPrior } from "./latent.js";
import type { LatentConfig, LatentParameters, LatentSample } from "./latent-part.js";
import { LatentTemperature, type LearnTemperature } from "./latent-temperature.js";
import { logOfSimplex } from "./log-of-simplex.js";

/** Options of {@link GumbelSoftmaxLatent}. */
export interface GumbelSoftmaxLatentOptions extends LatentSize {
  /** The posterior's temperature, > 0; with a schedule in `fit`, its final value. */
  readonly temperature: number;
  /** The prior's temperature, > 0; equal to the posterior's by default. */
  readonly priorTemperature?: number;
  /**
   * Whether training also learns the prior logits of each variable, starting from a uniform prior. By default (false)
   * the prior stays uniform.
   */
  readonly learnPrior?: boolean;
  /**
   * The prior under a temperature schedule: with `'fixed'` (default) it keeps `priorTemperature`; with `'follows'` its
   * temperature stays proportional to the posterior's.
   */
  readonly scheduledPrior?: ScheduledPrior;
  /** What the decoder receives: `'z'` (default), or `'log z'` as in the programs of the paper's authors. */
  readonly decoderReceives?: "z" | "log z";
  /**
   * Whether training learns the temperature, starting from `temperature`: one for all variables, or one for each; false
   * by default. The prior then behaves as `scheduledPrior` says. A learned temperature cannot have a schedule.
   */
  readonly learnTemperature?: LearnTemperature;
}

const OPTIONS = {
  variables: "checked",
  categories: "checked",
  temperature: "checked",
  priorTemperature: "optional",
  learnPrior: "optional",
  scheduledPrior: "optional",
  decoderReceives: "optional",
  learnTemperature: "optional",
} as const;

/**
 * N Gumbel-Softmax (Concrete) variables with K categories. The encoder gives K logits per variable, normalized by
 * log-softmax; the prior is uniform, or learned from a uniform start. The KL has no closed form: it is estimated from
 * the draw that the decoder sees (eq 14 with one sample), in log space, where Concrete densities stay finite at every
 * temperature.
 */
export class GumbelSoftmaxLatent extends Latent {
  readonly temperature: number;
  /** Whether the temperature is learned, and for which variables. */
  readonly learnTemperature: LearnTemperature;
  readonly priorTemperature: number;
  readonly scheduledPrior: ScheduledPrior;
  readonly decoderReceives: "z" | "log z";
  readonly #learnsPrior: boolean;
  readonly #priorLogits: tf.Tensor;
  readonly #temperature: LatentTemperature;

  /** @throws RangeError for a temperature that is not a finite number > 0 or an unknown name, and as {@link Latent}. */
  constructor(options: GumbelSoftmaxLatentOptions) {
    if (new.target === GumbelSoftmaxLatent) checkNamedOptions("GumbelSoftmaxLatent", options, OPTIONS);
    const {
      temperature,
      priorTemperature = temperature,
      learnPrior = false,
      scheduledPrior = "fixed",
      decoderReceives = "z",
      learnTemperature = false,
      ...size
    } = options;
    super(size);
    const owner = "GumbelSoftmaxLatent";
    this.temperature = checkPositive(owner, "temperature", temperature);
    this.priorTemperature = checkPositive(owner, "priorTemperature", priorTemperature);
    this.scheduledPrior = checkOneOf(owner, "scheduledPrior", scheduledPrior, ["fixed", "follows"]);
    this.decoderReceives = checkOneOf(owner, "decoderReceives", decoderReceives, ["z", "log z"]);
    this.#learnsPrior = learnPrior;
    this.learnTemperature = learnTemperature;
    this.#temperature = new LatentTemperature(owner, temperature, learnTemperature, this.variables);
    const uniform = -Math.log(this.categories);
    this.#priorLogits = learnPrior
      ? tf.tidy(() => tf.variable(tf.fill([this.variables, this.categories], uniform)))
      : tf.keep(tf.fill([this.categories], uniform));
  }

  override get outputsPerVariable(): number {
    return this.categories;
  }

  override get hasTemperature(): boolean {
    return this.learnTemperature === false;
  }

  override describeScheduledPrior(): string {
    return this.scheduledPrior === "fixed"
      ? `the prior keeps the temperature ${this.priorTemperature}`
      : "the prior's temperature moves in proportion to the posterior's";
  }

  override get trainableVariables(): tf.Variable[] {
    const prior = this.#learnsPrior ? [this.#priorLogits as tf.Variable] : [];
    return [...prior, ...this.#temperature.trainableVariables];
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
    const atStep = this.#temperature.at(temperature);
    const posterior = new ExpConcrete({ temperature: atStep, logits: parameters.logits! });
    const { value: logZ, logProb } = posterior.sampleAndLogProb(rng, sampleShape);
    return {
      z: tf.exp(logZ),
      ...(this.decoderReceives === "z" ? {} : { input: logZ }),
      logRatio: () => tf.tidy(() => tf.sub(logProb, this.#prior(atStep).logProb(logZ))),
    };
  }

  /** The logits: at every temperature, argmax z has the probabilities softmax(logits). */
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
    return tf.tidy(() => {
      const prior = this.#prior(this.#temperature.at(undefined));
      const isOfEach = prior.batchShape.length > 0;
      return tf.exp(prior.sample(rng, isOfEach ? [count] : [count, this.variables])) as tf.Tensor3D;
    });
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
      ...this.#temperature.config(),
    };
  }

  override dispose(): void {
    this.#priorLogits.dispose();
    this.#temperature.dispose();
  }

  /** The prior for a posterior of this temperature. */
  #prior(temperature: number | tf.Tensor): ExpConcrete {
    const follows = temperature instanceof tf.Tensor && this.scheduledPrior === "follows";
    return new ExpConcrete({
      temperature: follows ? tf.mul(temperature, this.priorTemperature / this.temperature) : this.priorTemperature,
      logits: this.#learnsPrior ? tf.logSoftmax(this.#priorLogits) : this.#priorLogits,
    });
  }
}
