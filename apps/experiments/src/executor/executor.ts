import type { RunConfiguration } from "../configuration/schema.js";
import { runTitle } from "../configuration/title.js";
import type { RunEvent, RunOutcome } from "../run/events.js";
import { runId } from "../run/identity.js";

/** A run to train up to its configuration's epochs. */
export interface PlannedRun {
  readonly id: string;
  readonly title: string;
  readonly configuration: RunConfiguration;
  /** Whether the test set is measured at the end; true by default. */
  readonly isMeasured?: boolean;
}

/** The run of a configuration. */
export function plannedRun(configuration: RunConfiguration): PlannedRun {
  const { data, seed } = configuration;
  return { id: runId(configuration), title: `${runTitle(configuration)} ${data.name} seed ${seed}`, configuration };
}

/** How a run ended; `failed` has a sentence. The other runs continue. */
export type RunEnd =
  | { readonly status: RunOutcome | "stopped" }
  | {
      readonly status: "failed";
      readonly message: string;
      /** Whether the user can fix it, as for an InputError. */
      readonly isInput?: boolean;
    };

/** Receives the events of an executor. */
export interface ExecutorObserver {
  /** A run that was not known when the observer was made, such as one of a later round. */
  onPlanned?(run: PlannedRun): void;
  onStart?(run: PlannedRun): void;
  onEvent?(run: PlannedRun, event: RunEvent): void;
  onEnd?(run: PlannedRun, end: RunEnd): void;
  /** An event that does not end the run: its process was killed, and another process continues it. */
  onNotice?(sentence: string): void;
}

export interface ExecuteOptions {
  readonly observer?: ExecutorObserver | undefined;
  /** Stops all active runs between two steps, with a checkpoint, and starts no more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains runs up to their epochs, on this machine ({@link LocalPool}) or on others ({@link QueueExecutor}). One process
 * at a time trains a run and writes it under a claim, so a run may be submitted again at any time, to any executor.
 */
export interface Executor {
  /**
   * @param atOnce Maximum number of simultaneous runs, between which threads are divided; unknown by default.
   * @throws InputError for failures that do not belong to a run, such as a queue that can't be reached.
   */
  open(options: ExecuteOptions, atOnce?: number): Promise<Execution>;
}

/** A running executor, which accepts runs until it is closed. */
export interface Execution {
  /**
   * How the run ended. Runs with the same identity are trained in sequence, the shorter first, because the longer one
   * continues it.
   */
  train(run: PlannedRun, options?: TrainOptions): Promise<RunEnd>;
  /** Call it when all submitted runs have ended. */
  close(): Promise<void>;
}

export interface TrainOptions {
  /**
   * Waiting runs with a higher priority start first, and runs of equal priority in order of submission; 0 by default,
   * at most 999.
   */
  readonly priority?: number | undefined;
  /**
   * Awaited when the run has ended, before the next waiting run starts, so that runs submitted by it can start first.
   */
  readonly after?: (() => Promise<void>) | undefined;
}

/** How each of the runs ended, in the given order. */
export async function trainAll(
  executor: Executor,
  runs: readonly PlannedRun[],
  options: ExecuteOptions = {},
): Promise<RunEnd[]> {
  const execution = await executor.open(options, new Set(runs.map(({ id }) => id)).size);
  try {
    return await Promise.all(runs.map((run) => execution.train(run)));
  } finally {
    await execution.close();
  }
}
