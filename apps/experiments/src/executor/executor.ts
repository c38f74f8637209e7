import type { RunConfiguration } from "../configuration/schema.js";
import { runTitle } from "../configuration/title.js";
import type { RunEvent, RunOutcome } from "../run/events.js";
import { runId } from "../run/identity.js";

/** A run that is to be brought to its configuration's epochs. */
export interface PlannedRun {
  readonly id: string;
  readonly title: string;
  readonly configuration: RunConfiguration;
  /** Whether the test set is measured at the end; true if absent. */
  readonly isMeasured?: boolean;
}

/** The run of a configuration. */
export function plannedRun(configuration: RunConfiguration): PlannedRun {
  const { data, seed } = configuration;
  return { id: runId(configuration), title: `${runTitle(configuration)} ${data.name} seed ${seed}`, configuration };
}

/** How a run ended; `failed` with a sentence, after which the others go on. */
export type RunEnd =
  | { readonly status: RunOutcome | "stopped" }
  | {
      readonly status: "failed";
      readonly message: string;
      /** Whether it is for the user to mend, as an InputError is. */
      readonly isInput?: boolean;
    };

/** Who is told what an executor does. */
export interface ExecutorObserver {
  /** A run that was not known when the observer was made: one of a later round. */
  onPlanned?(run: PlannedRun): void;
  onStart?(run: PlannedRun): void;
  onEvent?(run: PlannedRun, event: RunEvent): void;
  onEnd?(run: PlannedRun, end: RunEnd): void;
  /** An event that does not end the run: its process was killed, and another process continues it. */
  onNotice?(sentence: string): void;
}

export interface ExecuteOptions {
  readonly observer?: ExecutorObserver | undefined;
  /** Stops the runs that go on between two steps, with a checkpoint, and starts no more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings runs to their epochs: on this machine ({@link LocalPool}), or on others ({@link QueueExecutor}). Each run is trained by one
 * process at a time and written under a claim, so that it may be given again at any time, to whichever executor.
 */
export interface Executor {
  /**
   * @param atOnce How many runs there will be side by side at most, among which threads are shared out; unknown if absent.
   * @throws InputError for what no run is to blame for, such as a queue that can't be reached.
   */
  open(options: ExecuteOptions, atOnce?: number): Promise<Execution>;
}

/** An executor at work: it may be given runs until it is closed. */
export interface Execution {
  /**
   * How the run ended. Runs of one identity follow each other, the shorter first: the longer one continues the shorter one.
   */
  train(run: PlannedRun, options?: TrainOptions): Promise<RunEnd>;
  /** To be called when all given runs have ended. */
  close(): Promise<void>;
}

export interface TrainOptions {
  /** Of runs that wait, one of a higher priority starts first, and of equals the one that was given first; 0 if absent, at most 999. */
  readonly priority?: number | undefined;
  /** Awaited when the run has ended, before a run that waits takes its place: what it gives may go before that one. */
  readonly after?: (() => Promise<void>) | undefined;
}

/** How each of the runs ended, in the order given. */
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
