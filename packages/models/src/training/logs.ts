import type { Evaluation } from "./evaluate.js";
import type { VanishedGradients } from "./vanished-gradients.js";

/** Means over the images of a step or an epoch, in nats per image. */
export interface TrainingTerms {
  /** What was minimized. */
  readonly loss: number;
  /** Reconstruction minus KL: a bound on log p(x). */
  readonly elbo: number;
  /** log p(x | z), summed over pixels. */
  readonly reconstruction: number;
  /** KL of posterior and prior, summed over variables; of a StructuredPrediction 0. */
  readonly kl: number;
  /** Further terms of the model, by name: those of a JointVAE tell its two KLs apart. Absent where there are none. */
  readonly terms?: Readonly<Record<string, number>>;
}

/** What is known of a step. */
export interface StepLog extends TrainingTerms {
  /** From 1. */
  readonly epoch: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  /** Since the start of `fit`, from 1. */
  readonly totalSteps: number;
  /** Images of this epoch so far. */
  readonly images: number;
  /** Over this epoch so far, data included. */
  readonly imagesPerSecond: number;
  /** The values of the schedules at this step, by name; absent without schedules. */
  readonly scheduled?: Readonly<Record<string, number>>;
}

/** What is known of an epoch. */
export interface EpochLog {
  /** From 1. */
  readonly epoch: number;
  /** Steps of this epoch. */
  readonly steps: number;
  /** Means over the epoch's steps, while the parameters moved. */
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
  /** Training alone, data included, evaluation not. */
  readonly imagesPerSecond: number;
  /** Training and evaluation. */
  readonly seconds: number;
}

/** Numbers by name, as callbacks of tfjs get them. */
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
