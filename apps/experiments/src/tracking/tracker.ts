import type { RunConfiguration } from "../configuration/schema.js";

/** What a tracker is told of a run before its first number. */
export interface TrackedRun {
  readonly id: string;
  readonly title: string;
  readonly configuration: RunConfiguration;
  /**
   * Epochs that were trained before, by the process that this one continues. 0 for a new run: what a tracker has under its identity
   * belongs to a run that was deleted since.
   */
  readonly resumedAt: number;
}

/** How a run ended. */
export type TrackedStatus = "finished" | "stopped" | "failed";

/** Numbers by path, such as `validation/elbo`; they may be NaN or infinite. */
export type TrackedMetrics = Readonly<Record<string, number>>;

/** Before the names of what a finished run was measured by, as against the numbers of its epochs: `measures/elbo`. */
export const MEASURES = "measures/";

/**
 * Where a run's numbers go, besides its own metrics.jsonl. {@link TrackerGroup} calls the methods in turn; whatever one of them throws, it
 * calls `start` again later and repeats the steps that are missing.
 */
export interface Tracker {
  readonly name: string;
  /** Returns the last step that the tracker has of this run, 0 if none: the steps after it are told next. */
  start(run: TrackedRun): Promise<number>;
  /** Numbers of one step (an epoch, counted from 1); steps rise, also after a resume. */
  log(step: number, metrics: TrackedMetrics): Promise<void>;
  /** `measures`: what the test set said of a finished run after its last step. */
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
