import { type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { InputError } from "../../input-error.js";
import { throttled } from "../../run/events.js";
import type { ExecutorObserver, PlannedRun, RunEnd } from "../executor.js";
import type { LivesOptions } from "../train-with-lives.js";
import { connectRedis } from "./connection.js";
import { type JobData, type JobResult, QUEUE, runOfJob } from "./job.js";

export interface QueueWorkerOptions {
  /** Address of the queue. */
  readonly queue: string;
  /** Description of the store, which is reported to studies. */
  readonly store: string;
  /** Number of simultaneous runs. */
  readonly processes: number;
  /** Trains a run in a separate process, so that this process can renew its lock. */
  readonly train: (run: PlannedRun, options: LivesOptions) => Promise<RunEnd>;
  readonly observer?: ExecutorObserver | undefined;
  /** Returns unfinished runs to the queue, each with a checkpoint, and takes no more. */
  readonly signal?: AbortSignal | undefined;
  /** Exits after this many milliseconds without a run; never by default. */
  readonly idle?: number | undefined;
  /**
   * Lifetime of a lock that is not renewed, in milliseconds: the time after a worker's death until another worker gets
   * its runs.
   */
  readonly lockDuration?: number | undefined;
}

/** How often a worker may be killed during one run. BullMQ's default of 1 would fail a run at the second kill. */
const KILLS = 100;

/** Shortest time between two reports of a run's steps to the queue, in milliseconds. */
const STEP_INTERVAL = 1000;

/** The results of a worker's runs. */
export interface WorkerCounts {
  readonly trained: number;
  readonly kept: number;
  readonly failed: number;
  /** Number of runs returned after `signal`. */
  readonly returned: number;
  /** Number of runs that another worker got because this one gave no sign of life. */
  readonly lost: number;
}

/**
 * Trains runs of a queue until `signal`, or until it has been idle. This process renews a run's lock while a child
 * process trains. If that fails, another worker has the run, and the child is terminated. The store rejects its late
 * writes, because it knows the number of the later grant.
 */
export async function workQueue(options: QueueWorkerOptions): Promise<WorkerCounts> {
  const redis = await connectRedis(options.queue);
  try {
    return await new QueueWorker(redis, options).run();
  } finally {
    redis.disconnect();
  }
}

class QueueWorker {
  readonly #redis: Redis;
  readonly #options: QueueWorkerOptions;
  /** Functions that terminate the process of a run, by the job's identity. */
  readonly #kills = new Map<string, AbortController>();
  readonly #counts = { trained: 0, kept: 0, failed: 0, returned: 0, lost: 0 };
  #idleSince = Date.now();
  #isConnected = true;

  constructor(redis: Redis, options: QueueWorkerOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  async run(): Promise<WorkerCounts> {
    const { processes, lockDuration = 30_000, idle, signal } = this.#options;
    const worker = new Worker<JobData, JobResult>(QUEUE, (job, token = "") => this.#work(job, token), {
      connection: this.#redis,
      concurrency: processes,
      lockDuration,
      stalledInterval: lockDuration,
      maxStalledCount: KILLS,
      drainDelay: 1,
    });
    worker.on("lockRenewalFailed", (ids) => {
      for (const id of ids) this.#kills.get(id)?.abort();
    });
    worker.on("error", (error) => this.#notice(error));
    worker.on("ready", () => {
      this.#isConnected = true;
    });
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const isIdle = idle !== undefined && this.#kills.size === 0 && Date.now() - this.#idleSince >= idle;
        if (isIdle) end();
      }, 100);
      const end = () => {
        clearInterval(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      if (signal?.aborted) end();
      signal?.addEventListener("abort", end);
    });
    // Waits for the runs under way, which the same signal stops.
    await worker.close();
    return this.#counts;
  }

  async #work(job: Job<JobData, JobResult>, token: string): Promise<JobResult> {
    const kill = new AbortController();
    const id = job.id as string;
    this.#kills.set(id, kill);
    try {
      const grant = await this.#grantOf(job, token);
      const end = await this.#train(job, { grant, kill: kill.signal, signal: this.#options.signal });
      return await this.#settle(job, token, end, kill.signal);
    } finally {
      this.#kills.delete(id);
      this.#idleSince = Date.now();
    }
  }

  /**
   * The time at which this worker was seen to hold the lock, in microseconds by the clock of Redis. It increases from
   * holder to holder, even over restarts that lose all data, and is read atomically with the lock.
   */
  async #grantOf(job: Job, token: string): Promise<number> {
    const script = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('TIME') end return false";
    const time = await this.#redis.eval(script, 1, `bull:${QUEUE}:${job.id}:lock`, token);
    if (!Array.isArray(time)) throw new Error("the lock was lost before the run began");
    return Number(time[0]) * 1e6 + Number(time[1]);
  }

  async #train(job: Job<JobData, JobResult>, options: LivesOptions): Promise<RunEnd> {
    const { observer, train } = this.#options;
    let run: PlannedRun;
    try {
      run = runOfJob(job.id, job.data);
    } catch (error) {
      return { status: "failed", message: (error as Error).message, isInput: true };
    }
    observer?.onPlanned?.(run);
    observer?.onStart?.(run);
    // Progress is only displayed; a queue that is briefly unreachable may miss it.
    const tell = throttled(STEP_INTERVAL, (event) => void job.updateProgress(event as object).catch(() => {}));
    let end: RunEnd;
    try {
      end = await train(run, {
        ...options,
        onEvent: (event) => {
          observer?.onEvent?.(run, event);
          tell(event);
        },
        onNotice: (sentence) => observer?.onNotice?.(sentence),
      });
    } catch (error) {
      end = { status: "failed", message: (error as Error).message, isInput: error instanceof InputError };
    }
    observer?.onEnd?.(run, end);
    return end;
  }

  async #settle(job: Job<JobData, JobResult>, token: string, end: RunEnd, kill: AbortSignal): Promise<JobResult> {
    if (kill.aborted) {
      this.#counts.lost += 1;
      throw new Error("another worker has the run");
    }
    switch (end.status) {
      case "stopped":
        this.#counts.returned += 1;
        await job.moveToWait(token);
        throw new WaitingError();
      case "failed":
        this.#counts.failed += 1;
        await job.updateData({ ...job.data, isInput: end.isInput ?? false });
        throw new UnrecoverableError(end.message);
      default:
        this.#counts[end.status] += 1;
        return { status: end.status, store: this.#options.store };
    }
  }

  /**
   * Reports once that the queue is gone. Other errors that BullMQ reports for a lost job are counted where the job
   * ends.
   */
  #notice(error: NodeJS.ErrnoException): void {
    if (error.code === undefined || !this.#isConnected) return;
    this.#isConnected = false;
    this.#options.observer?.onNotice?.(`the queue does not answer (${error.code}); runs continue; retrying`);
  }
}
