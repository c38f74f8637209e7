import { checkOneOf, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Latent } from "../latent/latent.js";
import type { ElboTerms } from "../model/model.js";
import { boundsOf, checkSchedule, finalValue, type Schedule, type Scheduled } from "../schedule/schedule.js";

/** The capacities of eq 15, in nats: numbers, or schedules over training steps. */
export interface Capacities {
  /** Capacity of the total KL of the continuous parts. */
  readonly continuous: Schedule;
  /** Capacity of the total KL of the discrete parts. */
  readonly discrete: Schedule;
}

/** Options of the objective (eq 15). */
export interface CapacityObjectiveOptions {
  /** The weight of both penalties, > 0. */
  readonly gamma: number;
  /** The capacities C of both KLs, in nats, over training steps. */
  readonly capacities: Capacities;
  /**
   * The KL that a capacity is compared with: the mean over the `'batch'` (default; as in Dupont's program), or the KL
   * of each `'example'` (as in the program of the paper's authors).
   */
  readonly per?: "batch" | "example";
  /**
   * The discrete KL in the penalty: that of the `'relaxed'` variables (default; as in the paper), or the
   * `'categorical'` KL of eq 9, which is at most the sum of log K under uniform priors (Dupont). The ELBO always
   * contains the relaxed KL: with the categorical KL it would not be a bound. For IGR-Planar the categorical KL is
   * estimated by frequencies, whose gradient (a likelihood ratio) reaches the encoder but not the flows.
   */
  readonly penalizedDiscreteKl?: PenalizedDiscreteKl;
  /** Whether the discrete capacity is kept at or below the sum of log K; true by default with the categorical KL, else false. */
  readonly capAtLogK?: boolean;
}

/** Which KL of the discrete variables a penalty takes. */
export type PenalizedDiscreteKl = "relaxed" | "categorical";

/** Means over images of the terms of eq 15. */
export interface JointMeans {
  /** log p(x | z), summed over pixels. */
  readonly reconstruction: number;
  /** The KLs and further terms by name, as in an `Evaluation`. */
  readonly terms?: Readonly<Record<string, number>>;
}

/** E log p(x | z) - gamma |KL_discrete - C_discrete| - gamma |KL_continuous - C_continuous| (eq 15), in nats per image. */
export class CapacityObjective {
  readonly gamma: number;
  readonly capacities: Capacities;
  readonly per: "batch" | "example";
  readonly penalizedDiscreteKl: PenalizedDiscreteKl;
  readonly capAtLogK: boolean;
  /** The discrete capacity, capped if `capDiscreteCapacity` says so. */
  readonly discreteCapacity: Schedule;

  /**
   * @throws RangeError for a number or name out of range; TypeError for the categorical KL of a part that does not have
   * one.
   */
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

  /** The two capacities, under the names of the scheduled values of a step. */
  get schedules(): Readonly<Record<"continuousCapacity" | "discreteCapacity", Schedule>> {
    return { continuousCapacity: this.capacities.continuous, discreteCapacity: this.discreteCapacity };
  }

  /** Minus eq 15 for a batch, at the capacities of the step, or at the final capacities if none are given. */
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

  /**
   * |KL - C| of each image at the final capacities, `[B]` each, which {@link ofMeans} needs for the penalty per
   * example; empty for the penalty per batch.
   */
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
   * Eq 15 at the final capacities, from means over images. For the penalty per batch, all images count as one batch.
   * @throws TypeError, naming `owner`, if a term is missing.
   */
  ofMeans(owner: string, { reconstruction, terms = {} }: JointMeans): number {
    const term = (name: string): number => {
      const value = terms[name];
      if (value !== undefined) return value;
      throw new TypeError(`${owner}: terms must hold '${name}', got ${Object.keys(terms).join(", ") || "none"}`);
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

/** The schedule, clipped to at most `limit`. */
function capped(schedule: Schedule, limit: number): Schedule {
  if (typeof schedule === "number") return Math.min(schedule, limit);
  if (schedule.kind === "constant") return { ...schedule, value: Math.min(schedule.value, limit) };
  return { ...schedule, max: Math.min(schedule.max ?? limit, limit) };
}
