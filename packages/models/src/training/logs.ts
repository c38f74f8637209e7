import type { Evaluation } from "./evaluate.js";
import type { VanishedGradients } from "./vanished-gradients.js";

/** Means over the images of a step or an epoch, in nats per image. */
export interface TrainingTerms {
  /** The training loss. */
  readonly loss: number;
  /** Reconstruction minus KL: a bound on log p(x). */
  readonly elbo: number;
  /** log p(x | z), summed over pixels. */
  readonly reconstruction: number;
  /** KL of posterior and prior, summed over variables; 0 for a StructuredPrediction. */
  readonly kl: number;
  /** Further terms of the model, by name, such as the two KLs of a JointVAE. Absent if there are none. */
  readonly terms?: Readonly<Record<string, number>>;
}

/** Log of a step. */
export interface StepLog extends TrainingTerms {
  /** From 1. */
  readonly epoch: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  /** Since the start of `fit`, from 1. */
  readonly totalSteps: number;
  /** Images of this epoch so far. */
  readonly images: number;
  /** Images per second over this epoch so far, including the time for data. */
  readonly imagesPerSecond: number;
  /** The values of the schedules at this step, by name; absent without schedules. */
  readonly scheduled?: Readonly<Record<string, number>>;
}

/** Log of an epoch. */
export interface EpochLog {
  /** From 1. */
  readonly epoch: number;
  /** Number of steps of this epoch. */
  readonly steps: number;
  /** Means over the epoch's steps, with the parameters of each step. */
  readonly train: TrainingTerms;
  /** On all of `validationData`; absent without it. */
  readonly validation?: Evaluation;
  /**
   * On the first batch of `validationData` (of the training data without it); absent for a model without relaxed
   * categorical variables.
   */
  readonly vanishedGradients?: VanishedGradients;
  /** The values of the schedules at the epoch's last step, by name; absent without schedules. */
  readonly scheduled?: Readonly<Record<string, number>>;
  /** Seconds of training, including data, without evaluation. */
  readonly imagesPerSecond: number;
  /** Training and evaluation. */
  readonly seconds: number;
}

/** Numbers by name, as in callbacks of tfjs. */
export type Logs = Readonly<Record<string, number>>;

/** The terms of a step, flat. */
export function stepLogs({ loss, elbo, reconstruction, kl, terms, scheduled }: StepLog): Logs {
  return { loss, elbo, reconstruction, kl, ...terms, ...scheduled };
}

/** The terms of an epoch, flat: those of validation as `val_elbo`, ... */
export function epochLogs({ train, validation, vanishedGradients, scheduled }: EpochLog): Logs {
  const { terms, ...means } = train;
  const logs: Record<string, number> = { ...means, ...terms, ...scheduled };
  if (validation) {
    const { terms: further, images: _, ...measured } = validation;
    for (const [name, value] of Object.entries({ ...measured, ...further })) logs[`val_${name}`] = value;
  }
  if (vanishedGradients) logs.vanishedGradients = vanishedGradients.zero;
  return logs;
}

export function asTerms(names: readonly string[], values: ArrayLike<number>): TrainingTerms {
  const { loss, elbo, reconstruction, kl, ...terms } = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  const required = { loss: loss!, elbo: elbo!, reconstruction: reconstruction!, kl: kl! };
  return Object.keys(terms).length === 0 ? required : { ...required, terms };
}
