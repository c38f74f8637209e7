import type { EpochLog, Logs, StepLog } from "./logs.js";
import { epochLogs, stepLogs } from "./logs.js";

/**
 * Callbacks of `fit`. Each may return a promise, which is awaited. `onStep` and `onEpoch` receive complete logs. The
 * others have the names and arguments of the callbacks of tf.LayersModel.fit: epochs and batches count from 0, and logs
 * are flat (`loss`, `elbo`, `val_elbo`), so `tfvis.show.fitCallbacks` and similar callbacks work unchanged. A resumed
 * run does not repeat the calls for steps before its checkpoint; `onResume` receives the logs of the epochs before it.
 */
export interface FitCallbacks {
  /**
   * After each step and before the next one. Without it (and `onBatchEnd`) a GPU does not wait until the numbers are
   * read.
   */
  readonly onStep?: (log: StepLog) => unknown;
  /** After each epoch's evaluation and checkpoint. */
  readonly onEpoch?: (log: EpochLog) => unknown;
  /**
   * Right before `onTrainBegin` of a resumed run, with the logs of all epochs before the checkpoint. The previous
   * process may have been killed between an epoch's checkpoint and its `onEpoch`.
   */
  readonly onResume?: (epochs: readonly EpochLog[]) => unknown;
  /** Before the first epoch. */
  readonly onTrainBegin?: (logs?: Logs) => unknown;
  /** After the last epoch or after early stopping; not after an error or an abort. */
  readonly onTrainEnd?: (logs?: Logs) => unknown;
  /** Before the first step of an epoch. */
  readonly onEpochBegin?: (epoch: number, logs?: Logs) => unknown;
  /** Right before `onEpoch`. */
  readonly onEpochEnd?: (epoch: number, logs?: Logs) => unknown;
  /** `logs` holds `batch` and its `size`. */
  readonly onBatchBegin?: (batch: number, logs?: Logs) => unknown;
  /** Right before `onStep`. `logs` holds `batch`, its `size` and the step's numbers. */
  readonly onBatchEnd?: (batch: number, logs?: Logs) => unknown;
}

/** Several sets of callbacks, called one after the other. */
export class CallbackList {
  readonly #all: readonly FitCallbacks[];

  constructor(callbacks: FitCallbacks | readonly FitCallbacks[] = []) {
    this.#all = Array.isArray(callbacks) ? callbacks : [callbacks as FitCallbacks];
  }

  /** Whether any callback receives the numbers of each step. */
  get wantsSteps(): boolean {
    return this.#all.some(({ onStep, onBatchEnd }) => onStep ?? onBatchEnd);
  }

  /** `earlier`: the logs of a run that goes on from a checkpoint. */
  async trainBegin(earlier: readonly EpochLog[] | undefined): Promise<void> {
    for (const each of this.#all) {
      if (earlier) await each.onResume?.(earlier);
      await each.onTrainBegin?.({});
    }
  }

  async trainEnd(last: EpochLog | undefined): Promise<void> {
    for (const each of this.#all) await each.onTrainEnd?.(last ? epochLogs(last) : {});
  }

  /** `epoch` from 1. */
  async epochBegin(epoch: number): Promise<void> {
    for (const each of this.#all) await each.onEpochBegin?.(epoch - 1, {});
  }

  async epochEnd(log: EpochLog): Promise<void> {
    for (const each of this.#all) {
      await each.onEpochEnd?.(log.epoch - 1, epochLogs(log));
      await each.onEpoch?.(log);
    }
  }

  /** `step` from 1, within the epoch. */
  async batchBegin(step: number, size: number): Promise<void> {
    for (const each of this.#all) await each.onBatchBegin?.(step - 1, { batch: step - 1, size });
  }

  async batchEnd(log: StepLog, size: number): Promise<void> {
    for (const each of this.#all) {
      await each.onBatchEnd?.(log.step - 1, { batch: log.step - 1, size, ...stepLogs(log) });
      await each.onStep?.(log);
    }
  }
}
