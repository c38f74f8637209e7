import type { Rng } from "@igr/core";
import { checkInteger, checkOneOf, checkPositive, sizeOfShape } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { Latent } from "./latent/latent.js";
import type { LatentParameters, LatentPart, LatentSample } from "./latent/latent-part.js";
import { keptCategories } from "./model/kept-categories.js";
import type { ElboTerms, ForwardOptions, ModelConfig, RelaxedPart } from "./model/model.js";
import { type LatentDraw, type NetworkPair, VariationalAutoencoder } from "./model/variational-autoencoder.js";
import { boundsOf, checkSchedule, finalValue, type Schedule, type Scheduled } from "./schedule/schedule.js";

/** The capacities of eq 15, in nats: numbers, or schedules over training steps. */
export interface Capacities {
  /** Of the KL of all continuous parts together. */
  readonly continuous: Schedule;
  /** Of the KL of all discrete parts together. */
  readonly discrete: Schedule;
}

/** What a {@link JointVAE} is made of, and its objective. */
export interface JointVAEOptions extends NetworkPair {
  /** The continuous parts; at least one part of either kind. */
  readonly continuous: readonly LatentPart[];
  /** The categorical parts. */
  readonly discrete: readonly Latent[];
  /** The weight of both penalties, > 0. */
  readonly gamma: number;
  /** C of both KLs, in nats, over training steps. */
  readonly capacities: Capacities;
  /**
   * What a capacity is compared with: the mean KL of the `'batch'` (default; Dupont's program), or the KL of each `'example'`
   * (that of the paper's authors).
   */
  readonly per?: "batch" | "example";
  /**
   * The discrete KL in the penalty: that of the `'relaxed'` variables (default; the paper), or the `'categorical'` one of eq 9,
   * which is at most the sum of log K under uniform priors (Dupont). The ELBO keeps the relaxed one: with the other it would be no
   * bound. Of IGR-Planar the categorical one is a frequency, whose gradient (a likelihood ratio's) reaches the encoder, not the flows.
   */
  readonly discreteKl?: "relaxed" | "categorical";
  /** Whether the discrete capacity is kept at or below the sum of log K; true by default with the categorical KL, else false. */
  readonly capAtLogK?: boolean;
}

/** The parameters of the posterior, part by part. */
export interface JointPosterior {
  /** Of each continuous part, in order. */
  readonly continuous: readonly LatentParameters[];
  /** Of each discrete part, in order. */
  readonly discrete: readonly LatentParameters[];
}

/** The terms of {@link JointVAE.elbo}, per image. */
export interface JointElboTerms extends ElboTerms {
  /** Summed over all continuous variables. */
  readonly continuousKl: tf.Tensor1D;
  /** Summed over all categorical variables, of the relaxed ones. */
  readonly discreteKl: tf.Tensor1D;
}

/** Means over images of the terms that eq 15 is made of. */
export interface JointMeans {
  /** log p(x | z), summed over pixels. */
  readonly reconstruction: number;
  /** The KLs and what is made of them, by name, as in an `Evaluation`. */
  readonly terms?: Readonly<Record<string, number>>;
}

/**
 * Variational autoencoder with continuous and relaxed categorical latents, trained on
 * E log p(x | z) - gamma |KL_discrete - C_discrete| - gamma |KL_continuous - C_continuous|
 * (Dupont 2018; eq 15 of Potapczynski, Loaiza-Ganem and Cunningham 2020), in nats per image, with capacities C that rise over
 * training steps. The encoder gives the numbers of the continuous parts, then those of the categorical ones; the decoder takes
 * their draws in the same order.
 *
 * `elbo` is the plain evidence lower bound; `lossOf` is minus eq 15 at the step's capacities, or at their last values where no
 * schedule is followed; {@link objectiveOf} is eq 15 at the last capacities of a whole evaluation.
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
  /** Weight of |KL - C|. */
  readonly gamma: number;
  readonly capacities: Capacities;
  readonly per: "batch" | "example";
  readonly discreteKl: "relaxed" | "categorical";
  readonly capAtLogK: boolean;

  /**
   * @throws RangeError where the networks' shapes do not fit the latents or the likelihood, there are no latents, or a number is
   * out of range; TypeError for a categorical KL of a part that has none, or a part that is not relaxed.
   */
  constructor(options: JointVAEOptions) {
    const { continuous, discrete, gamma, capacities, per = "batch", discreteKl = "relaxed", ...networks } = options;
    const parts: readonly LatentPart[] = [...continuous, ...discrete];
    if (parts.length === 0)
      throw new RangeError("JointVAE: continuous or discrete must hold at least 1 part, got none");
    const unrelaxed = discrete.find(({ trainingTerms }) => trainingTerms);
    if (unrelaxed) {
      throw new TypeError(
        `JointVAE: discrete must hold relaxed parts, whose draws pass gradients on, got ${unrelaxed.constructor.name}`,
      );
    }
    const total = (size: (part: LatentPart) => number) => parts.reduce((sum, part) => sum + size(part), 0);
    const each = (size: (part: LatentPart) => string) => parts.map(size).join(" + ");
    super("JointVAE", networks, {
      encoderOutputs: total((part) => part.encoderOutputs),
      encoderReason: each((part) => `${part.variables} variables x ${part.outputsPerVariable} outputs`),
      decoderInputs: total((part) => part.decoderInputs),
      decoderReason: each((part) => `${part.variables} variables x ${part.inputsPerVariable} inputs`),
    });
    this.continuous = continuous;
    this.discrete = discrete;
    this.gamma = checkPositive("JointVAE", "gamma", gamma);
    this.capacities = capacities;
    for (const name of ["continuous", "discrete"] as const) {
      checkSchedule("JointVAE", `capacities.${name}`, capacities[name]);
      const least = Math.min(...boundsOf(capacities[name]));
      if (least < 0) throw new RangeError(`JointVAE: capacities.${name} must be >= 0, got ${least}`);
    }
    this.per = checkOneOf("JointVAE", "per", per, ["batch", "example"]);
    this.discreteKl = checkOneOf("JointVAE", "discreteKl", discreteKl, ["relaxed", "categorical"]);
    this.capAtLogK = options.capAtLogK ?? discreteKl === "categorical";
    const lacking = discrete.find((part) => part.categoricalKl === undefined);
    if (discreteKl === "categorical" && lacking) {
      throw new TypeError(
        `JointVAE: discreteKl 'categorical' needs the probabilities of the categories, which ${lacking.constructor.name} does not give`,
      );
    }
  }

  /** The two capacities, the discrete one capped where it is to be. */
  override get schedules(): Readonly<Record<string, Schedule>> {
    return { continuousCapacity: this.capacities.continuous, discreteCapacity: this.#discreteCapacity };
  }

  get schedulable(): readonly string[] {
    const followsTemperature = this.discrete.some((part) => part.scheduledPriorInWords !== undefined);
    return [...(followsTemperature ? ["temperature"] : []), "continuousCapacity", "discreteCapacity"];
  }

  /** The least of those of the discrete parts. */
  get temperatureLimit(): number | undefined {
    const limits = this.discrete.flatMap((part) => part.temperatureLimit ?? []);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** What a schedule of the temperature does to the discrete priors, in words. */
  get scheduledPrior(): string | undefined {
    const words = new Set(this.discrete.flatMap((part) => part.scheduledPriorInWords ?? []));
    return words.size === 0 ? undefined : [...words].join("; ");
  }

  /**
   * One-sample estimate of the evidence lower bound, per image, and its KLs apart.
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
      if (this.discreteKl === "relaxed") return this.#withExcess(terms);
      const categorical = this.discrete.map((part, i) => part.categoricalKl!(posterior.discrete[i]!));
      return this.#withExcess({ ...terms, categoricalKl: sumOver(x, categorical) });
    });
  }

  /** Minus eq 15 for a batch, at the capacities of the step, or the last ones where none are given. */
  lossOf(terms: ElboTerms, { continuousCapacity, discreteCapacity }: Scheduled = {}): tf.Scalar {
    return tf.tidy(() => {
      const { continuousKl, discreteKl } = this.#penalized(terms);
      const excess = (kl: tf.Tensor, capacity: tf.Scalar | number) =>
        this.per === "batch" ? tf.abs(tf.sub(tf.mean(kl), capacity)) : tf.mean(tf.abs(tf.sub(kl, capacity)));
      const penalty = tf.add(
        excess(discreteKl, discreteCapacity ?? finalValue(this.#discreteCapacity)),
        excess(continuousKl, continuousCapacity ?? finalValue(this.capacities.continuous)),
      );
      return tf.sub(tf.mul(this.gamma, penalty), tf.mean(terms.reconstruction)) as tf.Scalar;
    });
  }

  /**
   * Eq 15 at the last capacities over a whole set of images, from the means that `evaluate` gives: per batch, the set counts as
   * one batch.
   * @throws RangeError if the means lack the terms of a JointVAE.
   */
  objectiveOf({ reconstruction, terms = {} }: JointMeans): number {
    const term = (name: string): number => {
      const value = terms[name];
      if (value === undefined) {
        throw new RangeError(
          `JointVAE.objectiveOf: terms must hold '${name}', got ${Object.keys(terms).join(", ") || "none"}`,
        );
      }
      return value;
    };
    if (this.per === "example") {
      return reconstruction - this.gamma * (term("continuousExcess") + term("discreteExcess"));
    }
    const discrete = term(this.discreteKl === "relaxed" ? "discreteKl" : "categoricalKl");
    const continuousExcess = Math.abs(term("continuousKl") - finalValue(this.capacities.continuous));
    return reconstruction - this.gamma * (continuousExcess + Math.abs(discrete - finalValue(this.#discreteCapacity)));
  }

  /**
   * The mean image for given latents: continuous ones `[B, D]` and categorical ones `[B, K]` (one variable) or `[B, N, K]`, a
   * tensor for each part, in order.
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
      const inputs = parts.map((part, i) => {
        const each = part instanceof Latent ? part.categories : 1;
        const z = given[i]!;
        if (z.rank < 2 || sizeOfShape(z.shape.slice(1)) !== part.variables * each) {
          throw new RangeError(
            `JointVAE.decode: tensor ${i} must hold ${part.variables} x ${each} numbers per image, got shape [${z.shape}]`,
          );
        }
        const input = part.decoderInput(tf.reshape(z, [z.shape[0]!, part.variables, each]));
        return tf.reshape(input, [z.shape[0]!, -1]);
      });
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
    const { gamma, capacities, per, discreteKl, capAtLogK } = this;
    return {
      kind: "joint-vae",
      ...this.partsConfig(),
      continuous: this.continuous.map((part) => part.config()),
      discrete: this.discrete.map((part) => part.config()),
      gamma,
      capacities,
      per,
      discreteKl,
      capAtLogK,
    };
  }

  override dispose(): void {
    super.dispose();
    for (const part of [...this.continuous, ...this.discrete]) part.dispose();
  }

  protected posterior(outputs: tf.Tensor): JointPosterior {
    let from = 0;
    const parametersOf = (part: LatentPart) => {
      const numbers = tf.slice(outputs, [0, from], [-1, part.encoderOutputs]);
      from += part.encoderOutputs;
      return part.parameters(tf.reshape(numbers, [-1, part.variables, part.outputsPerVariable]));
    };
    return { continuous: this.continuous.map(parametersOf), discrete: this.discrete.map(parametersOf) };
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

  /** Draws of all parts in order, from one stream. */
  #samples(
    { continuous, discrete }: JointPosterior,
    rng: Rng,
    sampleShape: readonly number[],
    scheduled: Scheduled,
  ): LatentSample[] {
    return [
      ...this.continuous.map((part, i) => part.sample(continuous[i]!, rng, sampleShape, scheduled)),
      ...this.discrete.map((part, i) => part.sample(discrete[i]!, rng, sampleShape, scheduled)),
    ];
  }

  /** Per example, eq 15 of a set of images needs |KL - C| of each at the last capacities. */
  #withExcess(terms: JointElboTerms): JointElboTerms {
    if (this.per === "batch") return terms;
    const { continuousKl, discreteKl } = this.#penalized(terms);
    const excess = (kl: tf.Tensor, capacity: Schedule) => tf.abs(tf.sub(kl, finalValue(capacity))) as tf.Tensor1D;
    return {
      ...terms,
      continuousExcess: excess(continuousKl, this.capacities.continuous),
      discreteExcess: excess(discreteKl, this.#discreteCapacity),
    };
  }

  #penalized(terms: ElboTerms): { readonly continuousKl: tf.Tensor; readonly discreteKl: tf.Tensor } {
    const { continuousKl, discreteKl, categoricalKl } = terms;
    return { continuousKl: continuousKl!, discreteKl: this.discreteKl === "relaxed" ? discreteKl! : categoricalKl! };
  }

  get #discreteCapacity(): Schedule {
    const schedule = this.capacities.discrete;
    if (!this.capAtLogK) return schedule;
    const limit = this.discrete.reduce((sum, part) => sum + part.variables * Math.log(part.attainableCategories), 0);
    return capped(schedule, limit);
  }
}

/** The schedule held at or below `limit`. */
function capped(schedule: Schedule, limit: number): Schedule {
  if (typeof schedule === "number") return Math.min(schedule, limit);
  if (schedule.kind === "constant") return { ...schedule, value: Math.min(schedule.value, limit) };
  return { ...schedule, max: Math.min(schedule.max ?? limit, limit) };
}

/** The decoder's input: `[...sampleShape, B, inputs of all parts]`. */
function joined(samples: readonly LatentSample[]): tf.Tensor {
  const flat = samples.map(({ z, input = z }) =>
    tf.reshape(input, [...input.shape.slice(0, -2), sizeOfShape(input.shape.slice(-2))]),
  );
  return flat.length === 1 ? flat[0]! : tf.concat(flat, flat[0]!.rank - 1);
}

/** KLs `[B, N]` of several parts summed to `[B]`; zeros of x' batch where there are none. */
function sumOver(x: tf.Tensor, kls: readonly tf.Tensor[]): tf.Tensor1D {
  if (kls.length === 0) return tf.zeros([x.shape[0]!]);
  return tf.addN(kls.map((kl) => tf.sum(kl, 1))) as tf.Tensor1D;
}
