import type { RunConfiguration } from "../configuration/schema.js";

/** What a tracker is told of a run before its first number. */
export interface TrackedRun {
  readonly id: string;
  readonly title: string;
  readonly configuration: RunConfiguration;
  /** Epochs that were logged before, by a process that this one goes on from; 0 where the run starts. */
  readonly resumedAt: number;
}

/** How a run ended. */
export type TrackedStatus = "finished" | "stopped" | "failed";

/**
 * Where a run's numbers go, besides its own metrics.jsonl. Names are paths such as `validation/elbo`; values may be NaN or infinite.
 * A tracker that fails must not end a run: {@link trackAll} catches what it throws and says it once.
 */
export interface Tracker {
  readonly name: string;
  start(run: TrackedRun): Promise<void>;
  /** Numbers of one step (an epoch, counted from 1); steps rise, also after a resume. */
  log(step: number, metrics: Readonly<Record<string, number>>): Promise<void>;
  finish(status: TrackedStatus): Promise<void>;
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

/** Several trackers as one; what one of them throws is told to `onFailure`, and that one is not called again. */
export function trackAll(trackers: readonly Tracker[], onFailure: (sentence: string) => void): Tracker {
  const failed = new Set<Tracker>();
  const each = async (call: (tracker: Tracker) => Promise<void>) => {
    for (const tracker of trackers) {
      if (failed.has(tracker)) continue;
      try {
        await call(tracker);
      } catch (error) {
        failed.add(tracker);
        onFailure(`${tracker.name} is told nothing more: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  return {
    name: trackers.map(({ name }) => name).join(", "),
    start: (run) => each((tracker) => tracker.start(run)),
    log: (step, metrics) => each((tracker) => tracker.log(step, metrics)),
    finish: (status) => each((tracker) => tracker.finish(status)),
  };
}
