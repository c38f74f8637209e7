import type { RngState } from "@igr/core";
import type { EpochLog } from "../training/logs.js";
import type { OptimizerState } from "./optimizer-slots.js";

/** The version of the layout that `fit` writes. */
export const TRAINING_VERSION = 1;

/** Steps of an epoch that is not over. */
export interface PartialEpoch {
  readonly steps: number;
  /** Sums over the steps of what a step returns, by name. */
  readonly sums: Readonly<Record<string, number>>;
  /** Seconds that these steps took. */
  readonly seconds: number;
}

/** Where a training run stands: all that decides how it goes on, besides the variables. */
export interface TrainingState {
  /** Updates of the parameters since the start. */
  readonly totalSteps: number;
  /** The epochs that are over. */
  readonly epochs: readonly EpochLog[];
  /** The epoch under way; absent between two epochs. */
  readonly partial?: PartialEpoch;
  /** The streams of noise of training and of evaluation. All others are forks of `rng` that begin anew. */
  readonly noise: RngState;
  readonly evaluationNoise: RngState;
  readonly optimizer: OptimizerState;
  /** What the run was given and must be given again, by name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What chooses the best checkpoint, the higher the better; absent within an epoch. */
  readonly score?: number;
  /** The name of the best checkpoint of the run up to this one; absent where none has a score. */
  readonly best?: string;
}

/** A state with the hashes of the files that belong to it. */
export interface StoredState {
  readonly state: TrainingState;
  /** SHA-256 by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What JSON does not know. */
const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** A line with format, version and hash of the next line, which is the state. */
export function encodeState(stored: StoredState, sha256: (text: string) => string): string {
  const body = JSON.stringify(stored, (_, value) =>
    typeof value === "number" && !Number.isFinite(value) ? { number: `${value}` } : value,
  );
  const head = { format: "igr-training", version: TRAINING_VERSION, sha256: sha256(body) };
  return `${JSON.stringify(head)}\n${body}\n`;
}

/** What is wrong with a file, for the error to say. */
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
    // Refused below.
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
