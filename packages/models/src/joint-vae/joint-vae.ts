import type { Rng } from "@igr/core";
import { checkInteger } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Latent } from "../latent/latent.js";
import type { LatentParameters, LatentPart, LatentSample } from "../latent/latent-part.js";
import { keptCategories } from "../model/kept-categories.js";
import type { ElboTerms, ForwardOptions, ModelConfig, RelaxedPart } from "../model/model.js";
import { type LatentDraw, type NetworkPair, VariationalAutoencoder } from "../model/variational-autoencoder.js";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { Schedule, Scheduled } from "../schedule/schedule.js";
import {
  type Capacities,
  CapacityObjective,
  type CapacityObjectiveOptions,
  type JointMeans,
  type PenalizedDiscreteKl,
} from "./capacity-objective.js";
import {
  checkParts,
  decoderInputOf,
  exchangeSizesOf,
  type JointPosterior,
  joined,
  posteriorOf,
  sumOver,
} from "./joint-parts.js";

/** Options of {@link JointVAE}: its parts and its objective. */
export interface JointVAEOptions extends NetworkPair, CapacityObjectiveOptions {
  /** The continuous parts. There must be at least one part, of either kind. */
  readonly continuous: readonly LatentPart[];
  /** The categorical parts. */
  readonly discrete: readonly Latent[];
  /** @deprecated The older name of `penalizedDiscreteKl`: `discreteKl` is a term of the bound. */
  readonly discreteKl?: PenalizedDiscreteKl;
}

/** The terms of {@link JointVAE.elbo}, per image. */
export interface JointElboTerms extends ElboTerms {
  /** KL summed over all continuous variables. */
  readonly continuousKl: tf.Tensor1D;
  /** KL of the relaxed variables, summed over all categorical variables. */
  readonly discreteKl: tf.Tensor1D;
}

/**
 * Variational autoencoder with continuous and relaxed categorical latents, trained on
 * E log p(x | z) - gamma |KL_discrete - C_discrete| - gamma |KL_continuous - C_continuous|
 * (Dupont 2018; eq 15 of Potapczynski, Loaiza-Ganem and Cunningham 2020), in nats per image, with capacities C that
 * increase over training steps. The encoder outputs the parameters of the continuous parts, then those of the
 * categorical parts; the decoder receives their draws in the same order.
 *
 * `elbo` is the plain evidence lower bound; `lossOf` is minus eq 15 at the capacities of the step, or at their final
 * values outside of training; {@link objectiveOf} is eq 15 of a whole evaluation at the final capacities.
 *
 * @example
 * ```ts
 * const rng = createRng(1);
 * const continuous = [new GaussianLatent({ variables: 10 })];
 * const discrete = [new GumbelSoftmaxLatent({ variables: 1, categories: 10, temperature: 0.67 })];
 * const model = new JointVAE({
 *   encoder: convolutionalEncoder({ outputs: 30, rng: rng.fork("encoder") }),
 *   decoder: convolutionalDecoder({ inputs: 20, rng: rng.fork("decoder") }),
 *   likelihood: new BernoulliLikelihood(),
 *   continuous,
 *   discrete,
 *   gamma: 30,
 *   capacities: { continuous: 5, discrete: { kind: "linear", from: 0, to: 5, steps: 25000 } },
 * });
 * model.imageShape; // [32, 32, 1]
 * ```
 */
export class JointVAE extends VariationalAutoencoder<JointPosterior> {
  readonly continuous: readonly LatentPart[];
  readonly discrete: readonly Latent[];
  readonly #objective: CapacityObjective;

  /**
   * @throws RangeError if the networks' shapes do not fit the latents or the likelihood, there are no latents, or a
   * number is out of range; TypeError for an unknown option, the categorical KL of a part that does not have one, or a
   * part that is not relaxed.
   */
  constructor(options: JointVAEOptions) {
    const owner = "JointVAE";
    if (new.target === JointVAE) checkNamedOptions(owner, options, OPTIONS);
    const { continuous, discrete, encoder, decoder, likelihood } = options;
    const parts = checkParts(owner, continuous, discrete);
    const objective = new CapacityObjective(owner, withPresentName(options), discrete);
    super(owner, { encoder, decoder, likelihood }, exchangeSizesOf(parts));
    this.continuous = continuous;
    this.discrete = discrete;
    this.#objective = objective;
  }

  /** Weight of |KL - C|. */
  get gamma(): number {
    return this.#objective.gamma;
  }

  /** The capacities C of both KLs, as given. */
  get capacities(): Capacities {
    return this.#objective.capacities;
  }

  /** The KL that a capacity is compared with. */
  get per(): "batch" | "example" {
    return this.#objective.per;
  }

  /** The discrete KL in the penalty. */
  get penalizedDiscreteKl(): PenalizedDiscreteKl {
    return this.#objective.penalizedDiscreteKl;
  }

  /** Whether the discrete capacity is kept at or below the sum of log K. */
  get capAtLogK(): boolean {
    return this.#objective.capAtLogK;
  }

  /** The two capacities; the discrete one is capped if `capDiscreteCapacity` says so. */
  override get schedules(): Readonly<Record<string, Schedule>> {
    return this.#objective.schedules;
  }

  get schedulable(): readonly string[] {
    const hasTemperature = this.discrete.some((part) => part.hasTemperature);
    return [...(hasTemperature ? ["temperature"] : []), "continuousCapacity", "discreteCapacity"];
  }

  /** The smallest maximum temperature of the discrete parts. */
  get temperatureLimit(): number | undefined {
    const limits = this.discrete.flatMap((part) => part.temperatureLimit ?? []);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** What a schedule of the temperature does to the discrete priors, in words. */
  get scheduledPrior(): string | undefined {
    const words = this.discrete.filter((part) => part.hasTemperature).map((part) => part.describeScheduledPrior());
    return words.length === 0 ? undefined : [...new Set(words)].join("; ");
  }

  /**
   * One-sample estimate of the evidence lower bound, per image, with its two KLs.
   * @throws RangeError if x does not hold the encoder's number of pixels per image.
   */
  elbo(x: tf.Tensor, rng: Rng, { training = false, scheduled = {} }: ForwardOptions = {}): JointElboTerms {
    this.checkImages("elbo", x);
    return tf.tidy(() => {
      const posterior = this.encode(x, { training });
      const samples = this.#samples(posterior, rng, [], scheduled);
      const reconstruction = this.logLikelihoodOf(x, joined(samples), training) as tf.Tensor1D;
      const klOf = (parts: readonly LatentPart[], parameters: readonly LatentParameters[], drawn: LatentSample[]) =>
        sumOver(
          x,
          parts.map((part, i) => part.kl(parameters[i]!, drawn[i]!, scheduled)),
        );
      const split = this.continuous.length;
      const continuousKl = klOf(this.continuous, posterior.continuous, samples.slice(0, split));
      const discreteKl = klOf(this.discrete, posterior.discrete, samples.slice(split));
      const kl = tf.add(continuousKl, discreteKl) as tf.Tensor1D;
      const elbo = tf.sub(reconstruction, kl) as tf.Tensor1D;
      const kept = keptCategories(samples.slice(split));
      const terms = { elbo, reconstruction, kl, continuousKl, discreteKl, ...kept };
      const all =
        this.penalizedDiscreteKl === "relaxed"
          ? terms
          : { ...terms, categoricalKl: sumOver(x, this.#categoricalKls(posterior.discrete)) };
      return { ...all, ...this.#objective.excesses(all) };
    });
  }

  /** Minus eq 15 for a batch, at the capacities of the step, or at the final capacities if none are given. */
  lossOf(terms: ElboTerms, scheduled: Scheduled = {}): tf.Scalar {
    return this.#objective.loss(terms, scheduled);
  }

  /**
   * Eq 15 at the final capacities over a whole set of images, from the means that `evaluate` returns. For the penalty
   * per batch, the set counts as one batch.
   * @throws RangeError if the means lack the terms of a JointVAE.
   */
  objectiveOf(means: JointMeans): number {
    return this.#objective.ofMeans("JointVAE.objectiveOf", means);
  }

  /**
   * The mean image for given latents, one tensor for each part, in order: `[B, D]` for a continuous part, `[B, K]` (one
   * variable) or `[B, N, K]` for a categorical part.
   * @throws RangeError if a part's tensor is missing or of another size.
   */
  decode(
    continuous: readonly tf.Tensor[],
    discrete: readonly tf.Tensor[],
    { training = false }: ForwardOptions = {},
  ): tf.Tensor {
    const parts: readonly LatentPart[] = [...this.continuous, ...this.discrete];
    const given = [...continuous, ...discrete];
    if (continuous.length !== this.continuous.length || discrete.length !== this.discrete.length) {
      throw new RangeError(
        `JointVAE.decode: there must be ${this.continuous.length} continuous and ${this.discrete.length} discrete tensors, ` +
          `got ${continuous.length} and ${discrete.length}`,
      );
    }
    return tf.tidy(() => {
      const inputs = parts.map((part, i) => decoderInputOf(`JointVAE.decode: tensor ${i}`, part, given[i]!));
      return this.meanImages(tf.concat(inputs, 1), training);
    });
  }

  /** Mean images of latents drawn from the priors: `[count, ...imageShape]`. */
  sample(rng: Rng, count: number): tf.Tensor {
    checkInteger("JointVAE.sample", "count", count, 1);
    return tf.tidy(() => {
      const draw = (parts: readonly LatentPart[]) => parts.map((part) => part.samplePrior(rng, count));
      return this.decode(draw(this.continuous), draw(this.discrete));
    });
  }

  relaxedParts(x: tf.Tensor): RelaxedPart[] {
    const { continuous, discrete } = this.encode(x);
    tf.dispose(continuous as tf.TensorContainerArray);
    return this.discrete.map((latent, i) => ({ latent, parameters: discrete[i]! }));
  }

  config(): ModelConfig {
    const { gamma, capacities, per, capAtLogK } = this;
    return {
      kind: "joint-vae",
      ...this.partsConfig(),
      continuous: this.continuous.map((part) => part.config()),
      discrete: this.discrete.map((part) => part.config()),
      gamma,
      capacities,
      per,
      // Files keep the older name of this option.
      discreteKl: this.penalizedDiscreteKl,
      capAtLogK,
    };
  }

  override dispose(): void {
    super.dispose();
    for (const part of [...this.continuous, ...this.discrete]) part.dispose();
  }

  protected posterior(outputs: tf.Tensor): JointPosterior {
    return posteriorOf(outputs, this.continuous, this.discrete);
  }

  protected draw(posterior: JointPosterior, rng: Rng, sampleShape: readonly number[]): LatentDraw {
    const samples = this.#samples(posterior, rng, sampleShape, {});
    const axis = sampleShape.length + 1;
    return {
      input: joined(samples),
      logRatio: () => tf.tidy(() => tf.addN(samples.map(({ logRatio }) => tf.sum(logRatio(), axis)))),
    };
  }

  protected latentVariables(): tf.Variable[] {
    return [...this.continuous, ...this.discrete].flatMap((part) => part.trainableVariables);
  }

  #samples(posterior: JointPosterior, rng: Rng, sampleShape: readonly number[], scheduled: Scheduled): LatentSample[] {
    const draw = (parts: readonly LatentPart[], parameters: readonly LatentParameters[]) =>
      parts.map((part, i) => part.sample(parameters[i]!, rng, sampleShape, scheduled));
    return [...draw(this.continuous, posterior.continuous), ...draw(this.discrete, posterior.discrete)];
  }

  #categoricalKls(discrete: readonly LatentParameters[]): tf.Tensor[] {
    return this.discrete.map((part, i) => part.categoricalKl!(discrete[i]!));
  }
}

const OPTIONS = {
  encoder: "required",
  decoder: "required",
  likelihood: "required",
  continuous: "checked",
  discrete: "checked",
  gamma: "checked",
  capacities: "required",
  per: "optional",
  penalizedDiscreteKl: "optional",
  discreteKl: "optional",
  capAtLogK: "optional",
} as const;

function withPresentName({ discreteKl, penalizedDiscreteKl = discreteKl, ...options }: JointVAEOptions) {
  return penalizedDiscreteKl === undefined ? options : { ...options, penalizedDiscreteKl };
}
