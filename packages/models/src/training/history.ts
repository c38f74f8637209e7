import type { Schedule } from "../schedule/schedule.js";
import type { EpochLog } from "./logs.js";

/** Result of `fit`. */
export interface History {
  /** One log for each epoch, including those of the runs that this one resumed. */
  readonly epochs: readonly EpochLog[];
  /** The engine that ran the steps. */
  readonly engine: "jit" | "eager";
  /** The active tfjs backend. */
  readonly backend: string;
  /** A description of the likelihood, including a Gaussian's scale and floor, which determine the ELBO. */
  readonly likelihood: string;
  /** The schedules that were followed, the model's own included. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** What the temperature's schedule did to the prior; absent if there was no such schedule. */
  readonly scheduledPrior?: string;
  /** Number of steps before the checkpoint that the run resumed from; absent if it started at the first step. */
  readonly resumedAt?: number;
  /** Whether early stopping ended the run; absent without `earlyStopping`. */
  readonly stoppedEarly?: boolean;
}
