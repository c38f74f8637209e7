import type { RunConfiguration } from "../configuration/schema.js";

/** Information about a run, given to a tracker before the first number. */
export interface TrackedRun {
  readonly id: string;
  readonly title: string;
  readonly configuration: RunConfiguration;
  /**
   * Epochs that were trained by previous processes. 0 for a new run: data that a tracker has under its identity then
   * belongs to a run that has been deleted.
   */
  readonly resumedAt: number;
}

/** How a run ended. */
export type TrackedStatus = "finished" | "stopped" | "failed";

/** Numbers by path, such as `validation/elbo`; they may be NaN or infinite. */
export type TrackedMetrics = Readonly<Record<string, number>>;

/** Prefix of the names of a finished run's measures, as opposed to the numbers of its epochs: `measures/elbo`. */
export const MEASURES = "measures/";

/**
 * Receives a run's numbers, in addition to its own metrics.jsonl. {@link TrackerGroup} calls the methods in turn. After
 * an error it later calls `start` again and repeats the missing steps.
 */
export interface Tracker {
  readonly name: string;
  /** Returns the last step that the tracker has of this run, or 0; the steps after it are logged next. */
  start(run: TrackedRun): Promise<number>;
  /** Numbers of one step (an epoch, counted from 1); steps increase, even after a resume. */
  log(step: number, metrics: TrackedMetrics): Promise<void>;
  /** `measures`: the measures of a finished run on the test set, after its last step. */
  finish(status: TrackedStatus, step: number, measures: TrackedMetrics): Promise<void>;
}

/** The numbers of nested objects by path: `{ validation: { elbo: 1 } }` gives `{ "validation/elbo": 1 }`. */
export function flattenMetrics(value: unknown, path = ""): Record<string, number> {
  if (typeof value === "number") return { [path]: value };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, each]) => flattenMetrics(each, path === "" ? key : `${path}/${key}`)),
  );
}
