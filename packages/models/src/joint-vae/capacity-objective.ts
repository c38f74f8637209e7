import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Latent } from "../latent/latent.js";
import type { ElboTerms } from "../model/model.js";
import { boundsOf, checkSchedule, finalValue, type Schedule, type Scheduled } from "../schedule/schedule.js";

/** The capacities of eq 15, in nats: numbers, or schedules over training steps. */
export interface Capacities {
  /** Of the KL of all continuous parts together. */
  readonly continuous: Schedule;
  /** Of the KL of all discrete parts together. */
  readonly discrete: Schedule;
}

/** What eq 15 is made of. */
export interface CapacityObjectiveOptions {
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
   * The discrete KL that the penalty takes: that of the `'relaxed'` variables (default; the paper), or the `'categorical'` one of eq 9,
   * which is at most the sum of log K under uniform priors (Dupont). The ELBO keeps the relaxed one: with the other it would be no
   * bound. For IGR-Planar the categorical one is a frequency, whose gradient (a likelihood ratio's) reaches the encoder, not the flows.
   */
  readonly penalizedDiscreteKl?: PenalizedDiscreteKl;
  /** Whether the discrete capacity is kept at or below the sum of log K; true by default with the categorical KL, else false. */
  readonly capAtLogK?: boolean;
}

/** Which KL of the discrete variables a penalty takes. */
export type PenalizedDiscreteKl = "relaxed" | "categorical";

/** Means over images of the terms that eq 15 is made of. */
export interface JointMeans {
  /** log p(x | z), summed over pixels. */
  readonly reconstruction: number;
  /** The KLs and what is made of them, by name, as in an `Evaluation`. */
  readonly terms?: Readonly<Record<string, number>>;
}

/** E log p(x | z) - gamma |KL_discrete - C_discrete| - gamma |KL_continuous - C_continuous| (eq 15), in nats per image. */
export class CapacityObjective {
  readonly gamma: number;
  readonly capacities: Capacities;
  readonly per: "batch" | "example";
  readonly penalizedDiscreteKl: PenalizedDiscreteKl;
  readonly capAtLogK: boolean;
  /** The discrete capacity, capped where it is to be. */
  readonly discreteCapacity: Schedule;

  /** @throws RangeError for a number or name out of range; TypeError for a categorical KL of a part that has none. */
  constructor(owner: string, options: CapacityObjectiveOptions, discrete: readonly Latent[]) {
    const { capacities, per = "batch", penalizedDiscreteKl = "relaxed" } = options;
    this.gamma = checkPositive(owner, "gamma", options.gamma);
    this.capacities = checkCapacities(owner, capacities);
    this.per = checkOneOf(owner, "per", per, ["batch", "example"]);
    this.penalizedDiscreteKl = checkOneOf(owner, "penalizedDiscreteKl", penalizedDiscreteKl, [
      "relaxed",
      "categorical",
    ]);
    const lacking = discrete.find((part) => part.categoricalKl === undefined);
    if (penalizedDiscreteKl === "categorical" && lacking) {
      throw new TypeError(
        `${owner}: penalizedDiscreteKl 'categorical' needs the probabilities of the categories, which ${lacking.constructor.name} does not give`,
      );
    }
    this.capAtLogK = options.capAtLogK ?? penalizedDiscreteKl === "categorical";
    const limit = discrete.reduce((sum, part) => sum + part.variables * Math.log(part.attainableCategories), 0);
    this.discreteCapacity = this.capAtLogK ? capped(capacities.discrete, limit) : capacities.discrete;
  }

  /** The two capacities by the names under which a step's values come back. */
  get schedules(): Readonly<Record<"continuousCapacity" | "discreteCapacity", Schedule>> {
    return { continuousCapacity: this.capacities.continuous, discreteCapacity: this.discreteCapacity };
  }

  /** Minus eq 15 for a batch, at the capacities of the step, or at the last ones where none are given. */
  loss(terms: ElboTerms, { continuousCapacity, discreteCapacity }: Scheduled = {}): tf.Scalar {
    return tf.tidy(() => {
      const { continuousKl, discreteKl } = this.#penalized(terms);
      const excess = (kl: tf.Tensor, capacity: tf.Scalar | number) =>
        this.per === "batch" ? tf.abs(tf.sub(tf.mean(kl), capacity)) : tf.mean(tf.abs(tf.sub(kl, capacity)));
      const penalty = tf.add(
        excess(discreteKl, discreteCapacity ?? finalValue(this.discreteCapacity)),
        excess(continuousKl, continuousCapacity ?? finalValue(this.capacities.continuous)),
      );
      return tf.sub(tf.mul(this.gamma, penalty), tf.mean(terms.reconstruction)) as tf.Scalar;
    });
  }

  /** |KL - C| of each image at the last capacities, `[B]` each: what {@link ofMeans} needs per example; nothing per batch. */
  excesses(terms: ElboTerms): Readonly<Record<string, tf.Tensor1D>> {
    if (this.per === "batch") return {};
    const { continuousKl, discreteKl } = this.#penalized(terms);
    const excess = (kl: tf.Tensor, capacity: Schedule) => tf.abs(tf.sub(kl, finalValue(capacity))) as tf.Tensor1D;
    return {
      continuousExcess: excess(continuousKl, this.capacities.continuous),
      discreteExcess: excess(discreteKl, this.discreteCapacity),
    };
  }

  /**
   * Eq 15 at the last capacities from means over images; per batch, all images count as one batch.
   * @throws RangeError, naming `owner`, if a term is missing.
   */
  ofMeans(owner: string, { reconstruction, terms = {} }: JointMeans): number {
    const term = (name: string): number => {
      const value = terms[name];
      if (value !== undefined) return value;
      throw new RangeError(`${owner}: terms must hold '${name}', got ${Object.keys(terms).join(", ") || "none"}`);
    };
    if (this.per === "example") {
      return reconstruction - this.gamma * (term("continuousExcess") + term("discreteExcess"));
    }
    const discrete = term(this.penalizedDiscreteKl === "relaxed" ? "discreteKl" : "categoricalKl");
    const continuousExcess = Math.abs(term("continuousKl") - finalValue(this.capacities.continuous));
    return reconstruction - this.gamma * (continuousExcess + Math.abs(discrete - finalValue(this.discreteCapacity)));
  }

  #penalized({ continuousKl, discreteKl, categoricalKl }: ElboTerms) {
    const isRelaxed = this.penalizedDiscreteKl === "relaxed";
    return { continuousKl: continuousKl!, discreteKl: isRelaxed ? discreteKl! : categoricalKl! };
  }
}

function checkCapacities(owner: string, capacities: Capacities): Capacities {
  for (const name of ["continuous", "discrete"] as const) {
    checkSchedule(owner, `capacities.${name}`, capacities?.[name]);
    const least = Math.min(...boundsOf(capacities[name]));
    if (least < 0) throw new RangeError(`${owner}: capacities.${name} must be >= 0, got ${least}`);
  }
  return capacities;
}

/** The schedule held at or below `limit`. */
function capped(schedule: Schedule, limit: number): Schedule {
  if (typeof schedule === "number") return Math.min(schedule, limit);
  if (schedule.kind === "constant") return { ...schedule, value: Math.min(schedule.value, limit) };
  return { ...schedule, max: Math.min(schedule.max ?? limit, limit) };
}
