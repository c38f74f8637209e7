import type { RunStore } from "../../run/store.js";
import type { ExecuteOptions, Execution, Executor } from "../executor.js";

export interface QueueExecutorOptions {
  /** Address of the queue. */
  readonly queue: string;
  /** Where workers keep the runs, as seen from here. */
  readonly store: RunStore;
  /** Interval in milliseconds at which the executor asks the store about every run, in case the queue lost an event. */
  readonly sweepInterval?: number | undefined;
}

/**
 * Has runs trained by the workers of a queue. What it believes is what the store holds: the queue's events only say when to look, and
 * jobs that a restarted Redis has forgotten are added again.
 */
export class QueueExecutor implements Executor {
  readonly #options: QueueExecutorOptions;

  constructor(options: QueueExecutorOptions) {
    this.#options = options;
  }

  async open(options: ExecuteOptions): Promise<Execution> {
    // The client of the queue is loaded where there is one.
    const { openQueue } = await import("./queue-execution.js");
    return openQueue(this.#options, options);
  }
}
