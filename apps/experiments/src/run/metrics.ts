import type { EpochLog } from "@igr/models";
import { numberToName } from "./json-numbers.js";
import { type RunClaim, runFiles } from "./store.js";

/**
 * metrics.jsonl of a run, with one line for each epoch, in order. A process that resumes from a checkpoint may repeat
 * epochs that were already logged; they are written once.
 */
export class MetricsFile {
  readonly #claim: RunClaim;
  #epochs: EpochLog[];

  constructor(claim: RunClaim, before: readonly EpochLog[]) {
    this.#claim = claim;
    this.#epochs = [...before];
  }

  async append(log: EpochLog): Promise<void> {
    this.#epochs = [...this.#epochs.filter(({ epoch }) => epoch < log.epoch), log];
    await this.#write();
  }

  /** Writes all epochs at once, from the history of `fit`. */
  async replace(logs: readonly EpochLog[]): Promise<void> {
    this.#epochs = [...logs];
    await this.#write();
  }

  #write(): Promise<void> {
    return this.#claim.write(
      runFiles.metrics,
      this.#epochs.map((log) => `${JSON.stringify(log, numberToName)}\n`).join(""),
    );
  }
}
