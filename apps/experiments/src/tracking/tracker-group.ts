import type { TrackedMetrics, TrackedRun, TrackedStatus, Tracker } from "./tracker.js";

interface Step {
  readonly step: number;
  readonly metrics: TrackedMetrics;
}

interface Follower {
  readonly tracker: Tracker;
  /** The last step that the tracker has; undefined if it has to be started, at first or after a failure. */
  told: number | undefined;
  hasStarted: boolean;
  /** When it failed last, in milliseconds; undefined while it works. */
  failedAt: number | undefined;
}

export interface TrackerGroupOptions {
  /** A sentence when a tracker fails, and when it works again. */
  readonly onNotice: (sentence: string) => void;
  /** How long a tracker that failed is left alone, in milliseconds; 30 s if absent. */
  readonly retryAfter?: number | undefined;
}

/**
 * Tells several trackers about one run. No tracker ends a run: one that fails is tried again later, and told what it missed, which includes
 * an epoch that an earlier process trained and could not tell.
 */
export class TrackerGroup {
  readonly #followers: readonly Follower[];
  readonly #onNotice: (sentence: string) => void;
  readonly #retryAfter: number;
  readonly #steps: Step[] = [];
  #run: TrackedRun | undefined;

  constructor(trackers: readonly Tracker[], { onNotice, retryAfter = 30_000 }: TrackerGroupOptions) {
    this.#followers = trackers.map((tracker) => ({
      tracker,
      told: undefined,
      hasStarted: false,
      failedAt: undefined,
    }));
    this.#onNotice = onNotice;
    this.#retryAfter = retryAfter;
  }

  /** @param earlier The steps before this process began, all of them. */
  async start(run: TrackedRun, earlier: readonly Step[] = []): Promise<void> {
    this.#run = run;
    this.#steps.push(...earlier);
    await this.#catchUpAll();
  }

  async log(step: number, metrics: TrackedMetrics): Promise<void> {
    this.#steps.push({ step, metrics });
    await this.#catchUpAll();
  }

  async finish(status: TrackedStatus, measures: TrackedMetrics = {}): Promise<void> {
    if (this.#run === undefined) return;
    const last = this.#steps.at(-1)?.step ?? 0;
    for (const follower of this.#followers) {
      await this.#attempt(follower, async () => {
        await this.#catchUp(follower);
        await follower.tracker.finish(status, last, measures);
      });
    }
  }

  async #catchUpAll(): Promise<void> {
    for (const follower of this.#followers) {
      const { failedAt } = follower;
      if (failedAt !== undefined && performance.now() - failedAt < this.#retryAfter) continue;
      await this.#attempt(follower, () => this.#catchUp(follower));
    }
  }

  async #catchUp(follower: Follower): Promise<void> {
    const { tracker } = follower;
    const run = this.#run as TrackedRun;
    if (follower.told === undefined) {
      // What it has of a run that it knew already is this run's.
      const resumedAt = follower.hasStarted ? Math.max(1, this.#steps.length) : run.resumedAt;
      follower.told = await tracker.start({ ...run, resumedAt });
      follower.hasStarted = true;
    }
    for (const { step, metrics } of this.#steps) {
      if (step <= follower.told) continue;
      await tracker.log(step, metrics);
      follower.told = step;
    }
  }

  async #attempt(follower: Follower, call: () => Promise<void>): Promise<void> {
    const { name } = follower.tracker;
    try {
      await call();
      if (follower.failedAt !== undefined) this.#onNotice(`${name} works again, and has what it missed`);
      follower.failedAt = undefined;
    } catch (error) {
      if (follower.failedAt === undefined) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#onNotice(`${name} fails: ${reason}; the run continues, and the tracker is tried again`);
      }
      follower.failedAt = performance.now();
      follower.told = undefined;
    }
  }
}
