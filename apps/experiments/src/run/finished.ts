import type { RunMeasures } from "./measures.js";
import { measuredAt, type RunRecord, readRun } from "./record.js";
import { type RunStore, runFiles } from "./store.js";

/**
 * Whether a run has been measured at so many epochs, or at more, of which fewer can't be had again: the parameters of that time are
 * gone. Of one that needs no measurement, whether it was trained for so many.
 */
export async function isFinished(store: RunStore, id: string, epochs: number, isMeasured = true): Promise<boolean> {
  if ((await store.read(id, runFiles.configuration)) === undefined) return false;
  const record = await readRun(store, id);
  return measuredFor(record, epochs) !== undefined || (!isMeasured && record.epochs.length >= epochs);
}

/** The measurement that stands for so many epochs: that one, else that of a longer run, or of one that stopped early before. */
export function measuredFor(record: RunRecord, epochs: number): RunMeasures | undefined {
  return (
    measuredAt(record, epochs) ??
    record.measures.find((each) => each.epochs > epochs || (each.stoppedEarly && each.epochs <= epochs))
  );
}
