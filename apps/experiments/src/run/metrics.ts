import type { EpochLog } from "@igr/models";
import { type RunClaim, runFiles } from "./store.js";

/**
 * metrics.jsonl of a run, with one line for each epoch, in order. A process that resumes from a checkpoint may repeat
 * epochs that were already logged; they are written once. NaN and infinite numbers are stored as the strings "NaN",
 * "Infinity" and "-Infinity".
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
    return this.#claim.write(runFiles.metrics, this.#epochs.map((log) => `${toJson(log)}\n`).join(""));
  }
}

const names = ["NaN", "Infinity", "-Infinity"];

function toJson(log: EpochLog): string {
  return JSON.stringify(log, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? `${value}` : value));
}

/** Reads a line of metrics.jsonl. @throws SyntaxError unless it is JSON. */
export function parseMetrics(line: string): EpochLog {
  return JSON.parse(line, (_, value) => (names.includes(value) ? Number(value) : value)) as EpochLog;
}
