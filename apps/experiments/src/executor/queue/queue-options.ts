import type { RunStore } from "../../run/store.js";

/** Options of the executor of a queue. */
export interface QueueExecutorOptions {
  /** Address of the queue. */
  readonly queue: string;
  /** The store of the workers' runs, as seen from this machine. */
  readonly store: RunStore;
  /** Interval in milliseconds at which the executor asks the store about every run, in case the queue lost an event. */
  readonly sweepInterval?: number | undefined;
}
