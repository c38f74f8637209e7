import type { RngState } from "@igr/core";
import type { EpochLog } from "../training/logs.js";
import type { OptimizerState } from "./optimizer-slots.js";

/** The version of the layout that `fit` writes. */
export const TRAINING_VERSION = 1;

/** Progress within an unfinished epoch. */
export interface PartialEpoch {
  readonly steps: number;
  /** Sums over the steps of the numbers that a step returns, by name. */
  readonly sums: Readonly<Record<string, number>>;
  /** Seconds that these steps took. */
  readonly seconds: number;
}

/** The state of a training run: everything besides the variables that determines its continuation. */
export interface TrainingState {
  /** Updates of the parameters since the start. */
  readonly totalSteps: number;
  /** The finished epochs. */
  readonly epochs: readonly EpochLog[];
  /** The unfinished epoch; absent between two epochs. */
  readonly partial?: PartialEpoch;
  /**
   * The streams of noise of training and of evaluation. All other streams are forks of `rng` that start again in each
   * epoch.
   */
  readonly noise: RngState;
  readonly evaluationNoise: RngState;
  readonly optimizer: OptimizerState;
  /** The settings of the run, by name; a resumed run must have equal ones. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The score that selects the best checkpoint, higher is better; absent within an epoch. */
  readonly score?: number;
  /** The name of the best checkpoint so far; absent if no checkpoint has a score. */
  readonly best?: string;
}

/** A state with the hashes of the files that belong to it. */
export interface StoredState {
  readonly state: TrainingState;
  /** SHA-256 by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Numbers that JSON cannot represent. */
const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** Two lines: format, version and the hash of the second line; then the state. */
export function encodeState(stored: StoredState, sha256: (text: string) => string): string {
  const body = JSON.stringify(stored, (_, value) =>
    typeof value === "number" && !Number.isFinite(value) ? { number: `${value}` } : value,
  );
  const head = { format: "igr-training", version: TRAINING_VERSION, sha256: sha256(body) };
  return `${JSON.stringify(head)}\n${body}\n`;
}

/** What is wrong with a file, for the error message. */
export class StateRefused extends Error {
  constructor(
    readonly reason: "corrupt" | "foreign" | "newer version",
    sentence: string,
  ) {
    super(sentence);
  }
}

/** @throws StateRefused */
export function decodeState(text: string, file: string, sha256: (text: string) => string): StoredState {
  const [first = "", body = ""] = text.split("\n");
  let head: { format?: unknown; version?: unknown; sha256?: unknown } | null = null;
  try {
    head = JSON.parse(first);
  } catch {
    // Rejected below.
  }
  if (head?.format !== "igr-training") throw new StateRefused("foreign", `${file} is not the state of a training run`);
  if (typeof head.version !== "number" || head.version > TRAINING_VERSION) {
    throw new StateRefused(
      "newer version",
      `${file} has version ${head.version}, this program reads up to version ${TRAINING_VERSION}`,
    );
  }
  if (sha256(body) !== head.sha256) throw new StateRefused("corrupt", `${file} is not what was written`);
  return JSON.parse(body, (_, value) =>
    typeof value === "object" && value !== null && typeof value.number === "string" ? NON_FINITE[value.number] : value,
  );
}
