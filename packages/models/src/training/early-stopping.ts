import { checkInteger, checkNumber, nonNegative } from "@igr/tensors";
import { checkNamedOptions } from "../options/check-named-options.js";
import type { EpochLog } from "./logs.js";

/** The score of an epoch: higher is better. */
export type Monitor = (log: EpochLog) => number;

/** The ELBO of the validation images, or of the training images if there are no validation images. */
export const elboMonitor: Monitor = ({ train, validation }) => (validation ?? train).elbo;

/** When `fit` ends before its last epoch. */
export interface EarlyStopping {
  /** Training ends after this many epochs without a new best score, >= 1. */
  readonly patience: number;
  /** By how much the monitored number must exceed the best so far to count as a new best, >= 0; 0 by default. */
  readonly minDelta?: number;
}

/** @throws RangeError for an option out of range. */
export function checkEarlyStopping(options: EarlyStopping): void {
  checkNamedOptions("fit: earlyStopping", options, { patience: "checked", minDelta: "optional" });
  const { patience, minDelta = 0 } = options;
  checkInteger("fit", "earlyStopping.patience", patience, 1);
  checkNumber("fit", "earlyStopping.minDelta", minDelta, nonNegative);
}

/** Whether training ends after these epochs. It depends only on the logs, so a resumed run makes the same decision. */
export function shouldStop(
  epochs: readonly EpochLog[],
  { patience, minDelta = 0 }: EarlyStopping,
  monitor: Monitor,
): boolean {
  let best = Number.NEGATIVE_INFINITY;
  let since = 0;
  for (const log of epochs) {
    const value = monitor(log);
    const isBest = since === 0 && best === Number.NEGATIVE_INFINITY ? !Number.isNaN(value) : value > best + minDelta;
    if (isBest) best = value;
    since = isBest ? 0 : since + 1;
  }
  return since >= patience;
}
