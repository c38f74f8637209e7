import { appendFile, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@igr/files";
import { attempts } from "./attempt.js";
import type { TrackedMetrics, TrackedRun, TrackedStatus, Tracker } from "./tracker.js";

const SUFFIX = ".jsonl";

/**
 * A file of lines `{"id", "step", "time", "metrics"}` for each run, appended in the order of events, which another
 * program can follow during runs. (The run's own record is its metrics.jsonl.) Infinite numbers and NaN are strings. A
 * process that continues a run
 * removes the torn last line of one that was killed while it wrote, and logs that step again.
 */
export class JsonlTracker implements Tracker {
  readonly name: string;
  readonly #folder: string;
  #id = "";
  #file = "";

  constructor(folder: string) {
    this.name = `jsonl:${folder}`;
    this.#folder = folder;
  }

  async start({ id, title, resumedAt, configuration }: TrackedRun): Promise<number> {
    await makeFolder(this.#folder);
    const names = (await readdir(this.#folder)).flatMap((name) =>
      name.endsWith(SUFFIX) ? [name.slice(0, -SUFFIX.length)] : [],
    );
    this.#id = id;
    const { latest, next } = attempts(id, names);
    const last = await lastStep(this.#fileOf(latest));
    const isNew = resumedAt === 0 && last > 0;
    this.#file = this.#fileOf(isNew ? next : latest);
    await this.#append({ event: "start", title, resumedAt, configuration });
    return isNew ? 0 : last;
  }

  log(step: number, metrics: TrackedMetrics): Promise<void> {
    return this.#append({ event: "log", step, metrics });
  }

  finish(status: TrackedStatus, step: number, measures: TrackedMetrics): Promise<void> {
    return this.#append({ event: "finish", status, step, measures });
  }

  #fileOf(name: string): string {
    return join(this.#folder, `${name}${SUFFIX}`);
  }

  #append(line: Readonly<Record<string, unknown>>): Promise<void> {
    const text = JSON.stringify({ id: this.#id, time: new Date().toISOString(), ...line }, (_, value) =>
      typeof value === "number" && !Number.isFinite(value) ? `${value}` : value,
    );
    return appendFile(this.#file, `${text}\n`);
  }
}

/** The last step in a file, which ends with a whole line afterwards. */
async function lastStep(file: string): Promise<number> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) await truncate(file, end);
  const steps = bytes
    .subarray(0, end)
    .toString("utf8")
    .split("\n")
    .map((line) => stepOf(line));
  return Math.max(0, ...steps);
}

function stepOf(line: string): number {
  try {
    const { event, step } = JSON.parse(line);
    return event === "log" ? step : 0;
  } catch {
    // A line that something else wrote.
    return 0;
  }
}
