import type { JobsOptions } from "bullmq";
import { explain } from "../../configuration/explain.js";
import { configurationSchema } from "../../configuration/schema.js";
import type { RunOutcome } from "../../run/events.js";
import { type PlannedRun, plannedRun } from "../executor.js";

/** The queue's name in its Redis; several queues can use different database numbers (`redis://host/1`). */
export const QUEUE = "igr";

/** A request to a worker: a run, identified by its configuration. */
export interface JobData {
  readonly configuration: unknown;
  readonly isMeasured: boolean;
  /** Set with the reason of a failure: whether the user can fix it. */
  readonly isInput?: boolean;
}

/** The answer of a worker. */
export interface JobResult {
  readonly status: RunOutcome;
  /** Where that worker keeps runs. */
  readonly store: string;
}

const DAY = 24 * 60 * 60;

/**
 * The job of a run; one job for each identity. The prefix is needed because BullMQ rejects identities of only digits,
 * which a hash may be.
 */
export function jobId({ id }: Pick<PlannedRun, "id">): string {
  return `run-${id}`;
}

export function jobData({ configuration, isMeasured = true }: PlannedRun): JobData {
  return { configuration, isMeasured };
}

export function jobOptions(run: PlannedRun, priority: number): JobsOptions {
  return {
    jobId: jobId(run),
    // In BullMQ small numbers go first, and 0 before all others.
    priority: 1000 - priority,
    // Results are in the store. Ended jobs are kept for studies that did not receive the event of their end.
    removeOnComplete: { age: DAY },
    removeOnFail: { age: 7 * DAY },
  };
}

/** The run of a job. @throws Error if an igr with other configurations made it. */
export function runOfJob(id: string | undefined, { configuration, isMeasured }: JobData): PlannedRun {
  const parsed = configurationSchema.safeParse(configuration);
  if (!parsed.success) {
    const given = configuration as Record<string, unknown>;
    throw new Error(`another version of igr submitted this run: ${explain(configurationSchema, given, parsed.error)}`);
  }
  const run = { ...plannedRun(parsed.data), isMeasured };
  if (jobId(run) !== id) {
    throw new Error(`another version of igr submitted this run: here it is ${run.id}, there ${id}`);
  }
  return run;
}
