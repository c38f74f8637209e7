import type { RunStore } from "../../run/store.js";
import type { ExecuteOptions, Execution, Executor } from "../executor.js";

export interface QueueExecutorOptions {
  /** Address of the queue. */
  readonly queue: string;
  /** The store of the workers' runs, as seen from this machine. */
  readonly store: RunStore;
  /** Interval in milliseconds at which the executor asks the store about every run, in case the queue lost an event. */
  readonly sweepInterval?: number | undefined;
}

/**
 * Lets the workers of a queue train runs. Only the store determines whether a run is finished: the queue's events only
 * say when to look, and jobs that a restarted Redis lost are added again.
 */
export class QueueExecutor implements Executor {
  readonly #options: QueueExecutorOptions;

  constructor(options: QueueExecutorOptions) {
    this.#options = options;
  }

  async open(options: ExecuteOptions): Promise<Execution> {
    // The client of the queue is loaded only if there is a queue.
    const { openQueue } = await import("./queue-execution.js");
    return openQueue(this.#options, options);
  }
}
