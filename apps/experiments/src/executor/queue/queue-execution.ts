import { type Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { RunEvent } from "../../run/events.js";
import { isFinished } from "../../run/finished.js";
import { runFiles } from "../../run/store.js";
import type { ExecuteOptions, Execution, PlannedRun, RunEnd, TrainOptions } from "../executor.js";
import { connectRedis, shownAddress } from "./connection.js";
import { type JobData, type JobResult, jobData, jobId, jobOptions, QUEUE } from "./job.js";
import type { QueueExecutorOptions } from "./queue-options.js";

/** Opens the queue at an address. @throws InputError if it can't be reached. */
export async function openQueue(settings: QueueExecutorOptions, options: ExecuteOptions): Promise<Execution> {
  return new QueueExecution(await connectRedis(settings.queue), settings, options);
}

interface Pending {
  readonly run: PlannedRun;
  readonly options: TrainOptions;
  readonly resolve: (end: RunEnd) => void;
  readonly reject: (error: unknown) => void;
  hasStarted: boolean;
  /** Whether its job was added to the queue: a job with its identity is not an earlier one. */
  isOffered: boolean;
  isExamined: boolean;
  /** Whether an event of the run arrived while it was examined. */
  isHeardOf: boolean;
}

class QueueExecution implements Execution {
  readonly #redis: Redis;
  readonly #settings: QueueExecutorOptions;
  readonly #options: ExecuteOptions;
  readonly #queue: Queue<JobData, JobResult>;
  readonly #events: QueueEvents;
  /** A separate connection, because waiting for events blocks it. */
  readonly #eventsRedis: Redis;
  /** Runs by job: the first of each list is in the queue, and the others follow. */
  readonly #pending = new Map<string, Pending[]>();
  readonly #sweeper: NodeJS.Timeout;
  #isConnected = true;
  #hasWorkers = true;

  constructor(redis: Redis, settings: QueueExecutorOptions, options: ExecuteOptions) {
    this.#redis = redis;
    this.#settings = settings;
    this.#options = options;
    this.#queue = new Queue(QUEUE, { connection: redis });
    this.#eventsRedis = redis.duplicate();
    this.#eventsRedis.on("error", () => {});
    this.#events = new QueueEvents(QUEUE, { connection: this.#eventsRedis });
    this.#queue.on("error", (error) => this.#onError(error));
    this.#events.on("error", (error) => this.#onError(error));
    redis.on("ready", this.#onReady);
    this.#events.on("active", ({ jobId }) => this.#onActive(jobId));
    this.#events.on("progress", ({ jobId, data }) => this.#onProgress(jobId, data as RunEvent));
    this.#events.on("completed", ({ jobId }) => this.#look(jobId));
    this.#events.on("failed", ({ jobId }) => this.#look(jobId));
    this.#sweeper = setInterval(() => void this.#sweep(), settings.sweepInterval ?? 5000);
    options.signal?.addEventListener("abort", this.#stop);
  }

  train(run: PlannedRun, options: TrainOptions = {}): Promise<RunEnd> {
    if (this.#options.signal?.aborted) return Promise.resolve({ status: "stopped" });
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        run,
        options,
        resolve,
        reject,
        hasStarted: false,
        isOffered: false,
        isExamined: false,
        isHeardOf: false,
      };
      const chain = this.#pending.get(jobId(run));
      if (chain === undefined) {
        this.#pending.set(jobId(run), [pending]);
        this.#begin(pending);
      } else {
        chain.push(pending);
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#options.signal?.removeEventListener("abort", this.#stop);
    this.#redis.off("ready", this.#onReady);
    await Promise.race([Promise.allSettled([this.#events.close(), this.#queue.close()]), later(2000)]);
    this.#eventsRedis.disconnect();
    this.#redis.disconnect();
  }

  #begin(pending: Pending): void {
    this.#offer(pending).catch((error) => this.#fail(pending, error));
  }

  /**
   * Adds the run to the queue, unless the store has the finished run. A job that ended earlier is removed: adding it
   * again would do nothing.
   */
  async #offer(pending: Pending): Promise<void> {
    const { run, options } = pending;
    pending.isOffered = false;
    if (await this.#isInStore(run)) return this.#settle(pending, { status: "kept" });
    const earlier = await this.#queue.getJob(jobId(run));
    if (earlier && ["completed", "failed"].includes(await earlier.getState())) await earlier.remove().catch(() => {});
    if (!this.#isFirst(pending)) return;
    await this.#queue.add(run.title, jobData(run), jobOptions(run, options.priority ?? 0));
    pending.isOffered = true;
  }

  #isInStore({ id, configuration, isMeasured }: PlannedRun): Promise<boolean> {
    return isFinished(this.#settings.store, id, configuration.epochs, isMeasured);
  }

  #settle(pending: Pending, end: RunEnd): void {
    if (!this.#isFirst(pending)) return;
    const { run, options, resolve, reject } = pending;
    this.#leave(pending);
    this.#started(pending);
    this.#options.observer?.onEnd?.(run, end);
    Promise.resolve(options.after?.()).then(() => resolve(end), reject);
  }

  /** Ends the execution after an error that does not belong to a run, such as a store that can't be read. */
  #fail(pending: Pending, error: unknown): void {
    if (this.#isFirst(pending)) this.#leave(pending);
    pending.reject(error);
  }

  /** Starts the next run of the same identity. */
  #leave({ run }: Pending): void {
    const chain = this.#pending.get(jobId(run)) as Pending[];
    chain.shift();
    const [next] = chain;
    if (next) this.#begin(next);
    else this.#pending.delete(jobId(run));
  }

  #started(pending: Pending): void {
    if (!pending.hasStarted) this.#options.observer?.onStart?.(pending.run);
    pending.hasStarted = true;
  }

  #onActive(id: string): void {
    const [pending] = this.#pending.get(id) ?? [];
    if (pending) this.#started(pending);
  }

  #onProgress(id: string, event: RunEvent): void {
    const [pending] = this.#pending.get(id) ?? [];
    if (pending === undefined) return;
    this.#started(pending);
    this.#options.observer?.onEvent?.(pending.run, event);
  }

  /** Checks the state of a run. */
  #look(id: string): void {
    const [pending] = this.#pending.get(id) ?? [];
    if (pending === undefined || !pending.isOffered) return;
    pending.isHeardOf = true;
    if (pending.isExamined) return;
    pending.isExamined = true;
    this.#examineWhileHeardOf(pending)
      .catch((error) => this.#fail(pending, error))
      .finally(() => {
        pending.isExamined = false;
      });
  }

  async #examineWhileHeardOf(pending: Pending): Promise<void> {
    while (pending.isHeardOf && this.#isFirst(pending)) {
      pending.isHeardOf = false;
      await this.#examine(pending);
    }
  }

  /** Whether it is the current run of its identity. */
  #isFirst(pending: Pending): boolean {
    return this.#pending.get(jobId(pending.run))?.[0] === pending;
  }

  async #examine(pending: Pending): Promise<void> {
    // The state is read first: the store then has the result of a job that has ended.
    const id = jobId(pending.run);
    const state = await this.#queue.getJobState(id);
    const job: Job<JobData, JobResult> | undefined = await this.#queue.getJob(id);
    if (job && state === "completed") return this.#examineCompleted(pending, job);
    if (job && state === "failed") {
      const { failedReason, data } = job;
      return this.#settle(pending, { status: "failed", message: failedReason, isInput: data.isInput ?? false });
    }
    if (state === "active") this.#started(pending);
    // Redis was restarted and lost it, or another study removed it.
    else if (state === "unknown") await this.#offer(pending);
  }

  async #examineCompleted(pending: Pending, { data, returnvalue }: Job<JobData, JobResult>): Promise<void> {
    const { run } = pending;
    if (await this.#isInStore(run)) return this.#settle(pending, { status: returnvalue.status });
    const { epochs } = data.configuration as { readonly epochs: number };
    const isLess = epochs < run.configuration.epochs || (!data.isMeasured && run.isMeasured !== false);
    // It was the job of another study, with a shorter run of this identity.
    if (isLess) return this.#offer(pending);
    const { store } = this.#settings;
    const isThere = (await store.read(run.id, runFiles.configuration)) !== undefined;
    // A run without measures does not record that it stopped early.
    if (isThere && run.isMeasured === false) return this.#settle(pending, { status: returnvalue.status });
    this.#settle(pending, {
      status: "failed",
      message: `a worker trained it and keeps it in ${returnvalue.store}, which is not in ${store.location}: use the same --runs for both`,
      isInput: true,
    });
  }

  async #sweep(): Promise<void> {
    if (!this.#isConnected) return;
    for (const id of [...this.#pending.keys()]) this.#look(id);
    const workers = await this.#queue.getWorkersCount().catch(() => 1);
    if (workers === 0 && this.#hasWorkers && this.#pending.size > 0) {
      const queue = shownAddress(this.#settings.queue);
      this.#options.observer?.onNotice?.(`there is no worker; start one: igr worker --queue ${queue}`);
    }
    this.#hasWorkers = workers > 0;
  }

  readonly #onReady = () => {
    if (!this.#isConnected) this.#options.observer?.onNotice?.("the queue answers again");
    this.#isConnected = true;
    void this.#sweep();
  };

  #onError(error: NodeJS.ErrnoException): void {
    if (!this.#isConnected || error.code === undefined) return;
    this.#isConnected = false;
    this.#options.observer?.onNotice?.(`the queue does not answer (${error.code}); retrying`);
  }

  /** Removes the runs that have not started; active runs continue at their workers. */
  readonly #stop = () => {
    for (const [id, chain] of this.#pending) {
      this.#pending.delete(id);
      void this.#queue.remove(id).catch(() => {});
      for (const { resolve } of chain) resolve({ status: "stopped" });
    }
  };
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
