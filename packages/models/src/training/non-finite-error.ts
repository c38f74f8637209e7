import type { TrainingTerms } from "./logs.js";

/** Where a {@link NonFiniteError} occurred. */
export interface NonFiniteDetails {
  /** From 1. */
  readonly epoch: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  /** Since the start of `fit`, from 1. */
  readonly totalSteps: number;
  /** The numbers of that step. */
  readonly terms: TrainingTerms;
  /** Positions of the batch's images in the dataset; absent if the batches do not give them. */
  readonly batchIndices?: readonly number[];
  /** The folder of the last checkpoint, which has only finite numbers; absent if there is no checkpoint. */
  readonly lastCheckpoint?: string;
}

/** Training stopped because the loss or the parameters were not finite. */
export class NonFiniteError extends Error implements NonFiniteDetails {
  override readonly name = "NonFiniteError";
  readonly epoch: number;
  readonly step: number;
  readonly totalSteps: number;
  readonly terms: TrainingTerms;
  readonly batchIndices?: readonly number[];
  readonly lastCheckpoint?: string;

  /** `what`: `"the loss is NaN"`. */
  constructor(what: string, { epoch, step, totalSteps, terms, batchIndices, lastCheckpoint }: NonFiniteDetails) {
    const { reconstruction, kl } = terms;
    const images = batchIndices && `, images ${shortened(batchIndices)}`;
    const last =
      lastCheckpoint === undefined
        ? "there is no checkpoint before it"
        : `the last good checkpoint is ${lastCheckpoint}`;
    super(
      `fit: ${what} at step ${step} of epoch ${epoch} (reconstruction ${reconstruction}, kl ${kl}${images ?? ""}); ` +
        `${last}; a smaller learning rate, clipGradients or a higher temperature may help`,
    );
    this.epoch = epoch;
    this.step = step;
    this.totalSteps = totalSteps;
    this.terms = terms;
    if (batchIndices) this.batchIndices = batchIndices;
    if (lastCheckpoint !== undefined) this.lastCheckpoint = lastCheckpoint;
  }
}

function shortened(indices: readonly number[]): string {
  return indices.length <= 8 ? indices.join(" ") : `${indices.slice(0, 8).join(" ")} ... (${indices.length})`;
}
