import type { ExecuteOptions, Execution, Executor } from "../executor.js";
import type { QueueExecutorOptions } from "./queue-options.js";

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
