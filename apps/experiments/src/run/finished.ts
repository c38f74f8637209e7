import type { RunMeasures } from "./measures.js";
import { measuredAt, type RunRecord, readRun } from "./record.js";
import { type RunStore, runFiles } from "./store.js";

/**
 * Whether a run has been measured after at least this many epochs. A longer run counts, because its parameters after
 * fewer epochs no longer exist. For a run without measurement: whether it was trained for this many epochs.
 */
export async function isFinished(store: RunStore, id: string, epochs: number, isMeasured = true): Promise<boolean> {
  if ((await store.read(id, runFiles.configuration)) === undefined) return false;
  const record = await readRun(store, id);
  return measuredFor(record, epochs) !== undefined || (!isMeasured && record.epochs.length >= epochs);
}

/**
 * The measurement for a number of epochs: that after exactly these epochs, otherwise that of a longer run, or of a run
 * that stopped early.
 */
export function measuredFor(record: RunRecord, epochs: number): RunMeasures | undefined {
  return (
    measuredAt(record, epochs) ??
    record.measures.find((each) => each.epochs > epochs || (each.stoppedEarly && each.epochs <= epochs))
  );
}
