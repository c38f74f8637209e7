import { availableParallelism } from "node:os";
import type { ExecuteOptions, Execution, Executor, PlannedRun, RunEnd, TrainOptions } from "./executor.js";
import type { RunSettings } from "./messages.js";
import { trainWithLives } from "./train-with-lives.js";

export interface LocalPoolOptions extends Omit<RunSettings, "threads"> {
  /** Number of simultaneous runs; one for each core by default. */
  readonly processes?: number | undefined;
  /** Threads of each run. One by default; for a single run one for each core. */
  readonly threads?: number | undefined;
  /** The program of a run's process, for tests. */
  readonly program?: string | undefined;
}

/**
 * Trains runs in parallel on this machine, each in its own process. By default there is one run with one thread for
 * each core: two runs with one thread each have a higher throughput than one run with two threads.
 */
export class LocalPool implements Executor {
  readonly #options: LocalPoolOptions;

  constructor(options: LocalPoolOptions) {
    this.#options = options;
  }

  async open(options: ExecuteOptions, atOnce = Number.POSITIVE_INFINITY): Promise<Execution> {
    const { processes, threads } = poolSize(this.#options, atOnce);
    return new LocalExecution({ ...this.#options, processes, threads }, options);
  }
}

/** The number of processes, and of threads of each; by default the cores are divided between the runs. */
export function poolSize(
  given: { readonly processes?: number | undefined; readonly threads?: number | undefined },
  atOnce: number,
): { readonly processes: number; readonly threads: number } {
  const cores = availableParallelism();
  const processes = Math.max(1, Math.min(given.processes ?? cores, atOnce));
  return { processes, threads: given.threads ?? Math.max(1, Math.floor(cores / processes)) };
}

interface Waiting {
  readonly run: PlannedRun;
  readonly priority: number;
  readonly after: TrainOptions["after"];
  readonly resolve: (end: RunEnd) => void;
  readonly reject: (error: unknown) => void;
}

interface SizedPool extends LocalPoolOptions {
  readonly processes: number;
  readonly threads: number;
}

class LocalExecution implements Execution {
  readonly #pool: SizedPool;
  readonly #options: ExecuteOptions;
  #waiting: Waiting[] = [];
  /** Identities of the active runs. */
  readonly #busy = new Set<string>();

  constructor(pool: SizedPool, options: ExecuteOptions) {
    this.#pool = pool;
    this.#options = options;
    options.signal?.addEventListener("abort", this.#stopWaiting);
  }

  train(run: PlannedRun, { priority = 0, after }: TrainOptions = {}): Promise<RunEnd> {
    if (this.#options.signal?.aborted) return Promise.resolve({ status: "stopped" });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, priority, after, resolve, reject });
      // Deferred until all runs of the same moment are submitted, so that the shortest run of an identity starts first.
      queueMicrotask(() => this.#startWaiting());
    });
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#stopWaiting);
  }

  readonly #stopWaiting = () => {
    for (const { resolve } of this.#waiting) resolve({ status: "stopped" });
    this.#waiting = [];
  };

  #startWaiting(): void {
    while (this.#busy.size < this.#pool.processes) {
      const next = this.#next();
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#busy.add(next.run.id);
      this.#train(next)
        .then(next.resolve, next.reject)
        .finally(() => {
          this.#busy.delete(next.run.id);
          this.#startWaiting();
        });
    }
  }

  #next(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const each of this.#waiting) {
      if (this.#busy.has(each.run.id)) continue;
      const isShorter = each.run.id === next?.run.id && epochsOf(each) < epochsOf(next);
      if (next === undefined || each.priority > next.priority || isShorter) next = each;
    }
    return next;
  }

  async #train({ run, after }: Waiting): Promise<RunEnd> {
    const { store, engine, trackers, threads, program } = this.#pool;
    const { observer, signal } = this.#options;
    observer?.onStart?.(run);
    const end = await trainWithLives(
      run,
      { store, engine, trackers, threads },
      {
        onEvent: (event) => observer?.onEvent?.(run, event),
        onNotice: (sentence) => observer?.onNotice?.(sentence),
        signal,
        program,
      },
    );
    observer?.onEnd?.(run, end);
    await after?.();
    return end;
  }
}

function epochsOf({ run }: Waiting): number {
  return run.configuration.epochs;
}
