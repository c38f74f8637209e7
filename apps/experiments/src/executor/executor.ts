import type { RunConfiguration } from "../configuration/schema.js";
import { runTitle } from "../configuration/title.js";
import type { RunEvent, RunOutcome } from "../run/events.js";
import { runId } from "../run/identity.js";

/** A run that is to be brought to its configuration's epochs. */
export interface PlannedRun {
  readonly id: string;
  readonly title: string;
  readonly configuration: RunConfiguration;
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
 * Brings runs to their epochs: on this machine ({@link LocalPool}), or on others by a queue. Each run is trained by one process at a
 * time and written under a claim, so that it may be given again at any time, to whichever executor.
 */
export interface Executor {
  /** How each run ended, in the order given. It rejects for what no run is to blame for, such as a queue that can't be reached. */
  run(runs: readonly PlannedRun[], options?: ExecuteOptions): Promise<RunEnd[]>;
}
