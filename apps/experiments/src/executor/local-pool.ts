import { availableParallelism } from "node:os";
import type { ExecuteOptions, Executor, PlannedRun, RunEnd } from "./executor.js";
import type { RunSettings } from "./messages.js";
import { runInProcess } from "./run-in-process.js";

export interface LocalPoolOptions extends Omit<RunSettings, "threads"> {
  /** Runs at a time; one for each core if absent. */
  readonly processes?: number | undefined;
  /** Threads of each; one if absent, or, of a single run, one for each core. */
  readonly threads?: number | undefined;
  /** The program of a run's process, for tests. */
  readonly program?: string | undefined;
}

/** Processes that may die under one run before it counts as failed. */
const LIVES = 3;

/**
 * Trains runs side by side on this machine, each in a process of its own. By default as many as there are cores with a thread each:
 * two runs of one thread get more done than one of two.
 */
export class LocalPool implements Executor {
  readonly #options: LocalPoolOptions;

  constructor(options: LocalPoolOptions) {
    this.#options = options;
  }

  async run(runs: readonly PlannedRun[], options: ExecuteOptions = {}): Promise<RunEnd[]> {
    const ends = new Map<PlannedRun, RunEnd>();
    const chains = byIdentity(runs);
    const cores = availableParallelism();
    const processes = Math.min(this.#options.processes ?? cores, chains.length);
    const threads = this.#options.threads ?? Math.max(1, Math.floor(cores / Math.max(1, processes)));
    const waiting = [...chains];
    const work = async () => {
      for (let chain = waiting.shift(); chain; chain = waiting.shift()) {
        for (const run of chain) {
          if (options.signal?.aborted) break;
          ends.set(run, await this.#train(run, threads, options));
        }
      }
    };
    await Promise.all(Array.from({ length: processes }, work));
    return runs.map((run) => ends.get(run) ?? { status: "stopped" });
  }

  async #train(run: PlannedRun, threads: number, { observer, signal }: ExecuteOptions): Promise<RunEnd> {
    const { store, engine, trackers, program } = this.#options;
    const settings = { store, engine, trackers, threads };
    observer?.onStart?.(run);
    let end: RunEnd = { status: "stopped" };
    for (let life = 1; life <= LIVES; life += 1) {
      const ended = await runInProcess(run.configuration, settings, {
        onEvent: (event) => observer?.onEvent?.(run, event),
        onNotice: (sentence) => observer?.onNotice?.(`${run.title}: ${sentence}`),
        signal,
        program,
      });
      if (ended.status !== "killed") {
        end = ended;
        break;
      }
      if (signal?.aborted) break;
      end = { status: "failed", message: `its process was ${ended.how}, ${life} times` };
      if (life < LIVES) observer?.onNotice?.(`${run.title}: its process was ${ended.how}; it goes on in another`);
    }
    observer?.onEnd?.(run, end);
    return end;
  }
}

/** Runs of one identity follow each other, the shorter first: the longer run continues the shorter one. */
function byIdentity(runs: readonly PlannedRun[]): PlannedRun[][] {
  const chains = new Map<string, PlannedRun[]>();
  for (const run of runs) chains.set(run.id, [...(chains.get(run.id) ?? []), run]);
  return [...chains.values()].map((chain) => chain.sort((a, b) => a.configuration.epochs - b.configuration.epochs));
}
