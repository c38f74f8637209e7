import type { EpochLog } from "@igr/models";

/** Events of an active run, as plain JSON that can be sent between processes. */
export type RunEvent =
  | { readonly kind: "stage"; readonly sentence: string }
  /** The images of a data set are being converted, which happens once. */
  | { readonly kind: "pictures"; readonly done: number; readonly total: number }
  | {
      readonly kind: "step";
      readonly epoch: number;
      readonly step: number;
      readonly stepsPerEpoch: number;
      readonly loss: number;
      readonly imagesPerSecond: number;
    }
  | { readonly kind: "epoch"; readonly log: EpochLog }
  /** The test set is being measured, after the last epoch. */
  | { readonly kind: "measuring" };

/** How a run ended: trained now, or already complete. */
export type RunOutcome = "trained" | "kept";

/** The signal ended a run before its last epoch. Its checkpoints have its progress. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

/**
 * Passes events on to `tell`: of the frequent kinds (steps, converted pictures) at most one per `interval` milliseconds, and all
 * others.
 */
export function throttled(interval: number, tell: (event: RunEvent) => void): (event: RunEvent) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (event) => {
    if (event.kind === "step" || event.kind === "pictures") {
      const now = performance.now();
      if (now - toldAt < interval) return;
      toldAt = now;
    }
    tell(event);
  };
}
