import type { RunEvent } from "../run/events.js";
import type { PlannedRun, RunEnd } from "./executor.js";
import type { RunSettings } from "./messages.js";
import { runInProcess } from "./run-in-process.js";

/** How many processes of one run may die before the run counts as failed. */
const LIVES = 3;

export interface LivesOptions {
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Stops the run between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Terminates its process. */
  readonly kill?: AbortSignal | undefined;
  /** See {@link ClaimOptions.grant}. */
  readonly grant?: number | undefined;
  /** The program of the process, for tests. */
  readonly program?: string | undefined;
  /** See {@link RunInProcessOptions.reportInterval}. */
  readonly reportInterval?: number | undefined;
}

/** Trains a run in a process, and in another process if the first is killed from outside or hangs. */
export async function trainWithLives(run: PlannedRun, settings: RunSettings, options: LivesOptions): Promise<RunEnd> {
  const { onEvent = () => {}, onNotice = () => {}, signal, kill, grant, program, reportInterval } = options;
  const { configuration, isMeasured } = run;
  const tell = (sentence: string) => onNotice(`${run.title}: ${sentence}`);
  for (let life = 1; ; life += 1) {
    const order = { configuration, isMeasured, grant };
    const ended = await runInProcess(order, settings, {
      onEvent,
      onNotice: tell,
      signal,
      kill,
      program,
      reportInterval,
    });
    if (ended.status !== "killed") return ended;
    if (signal?.aborted || kill?.aborted) return { status: "stopped" };
    if (life === LIVES) return { status: "failed", message: `its process ${ended.how}, ${life} times` };
    tell(`its process ${ended.how}; it continues in another`);
  }
}
