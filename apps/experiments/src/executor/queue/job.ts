import type { JobsOptions } from "bullmq";
import { explain } from "../../configuration/explain.js";
import { configurationSchema } from "../../configuration/schema.js";
import type { RunOutcome } from "../../run/events.js";
import { type PlannedRun, plannedRun } from "../executor.js";

/** The queue's name in its Redis; numbers of databases (`redis://host/1`) keep several queues apart. */
export const QUEUE = "igr";

/** What is asked of a worker: a run, whose configuration names it. */
export interface JobData {
  readonly configuration: unknown;
  readonly isMeasured: boolean;
  /** Set with the reason of a failure: whether it is for the user to mend. */
  readonly isInput?: boolean;
}

/** What a worker answers. */
export interface JobResult {
  readonly status: RunOutcome;
  /** Where that worker keeps runs. */
  readonly store: string;
}

const DAY = 24 * 60 * 60;

/** Job of a run: one identity, one job. A hash may consist of digits alone, which BullMQ refuses as an identity; hence the word. */
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
    // Results are in the store: an ended job is kept for studies that were not there to hear of its end.
    removeOnComplete: { age: DAY },
    removeOnFail: { age: 7 * DAY },
  };
}

/** The run of a job. @throws Error if another igr made it, whose configurations are others. */
export function runOfJob(id: string | undefined, { configuration, isMeasured }: JobData): PlannedRun {
  const parsed = configurationSchema.safeParse(configuration);
  if (!parsed.success) {
    const given = configuration as Record<string, unknown>;
    throw new Error(`another version of igr gave this run: ${explain(configurationSchema, given, parsed.error)}`);
  }
  const run = { ...plannedRun(parsed.data), isMeasured };
  if (jobId(run) !== id) throw new Error(`another version of igr gave this run: here it is ${run.id}, there ${id}`);
  return run;
}
