import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TrackedRun, TrackedStatus, Tracker } from "./tracker.js";

/**
 * A file of lines `{"id", "step", "time", "metrics"}` for each run, appended in the order of events: what a program beside igr can follow
 * while runs go on. (What a run itself keeps is its metrics.jsonl.) Infinite numbers and NaN are strings.
 */
export class JsonlTracker implements Tracker {
  readonly name: string;
  readonly #folder: string;
  #run: TrackedRun | undefined;

  constructor(folder: string) {
    this.name = `jsonl:${folder}`;
    this.#folder = folder;
  }

  async start(run: TrackedRun): Promise<void> {
    this.#run = run;
    await mkdir(this.#folder, { recursive: true });
    await this.#append({
      event: "start",
      title: run.title,
      resumedAt: run.resumedAt,
      configuration: run.configuration,
    });
  }

  log(step: number, metrics: Readonly<Record<string, number>>): Promise<void> {
    return this.#append({ event: "log", step, metrics });
  }

  finish(status: TrackedStatus): Promise<void> {
    return this.#append({ event: "finish", status });
  }

  #append(line: Readonly<Record<string, unknown>>): Promise<void> {
    const { id } = this.#run as TrackedRun;
    const text = JSON.stringify({ id, time: new Date().toISOString(), ...line }, (_, value) =>
      typeof value === "number" && !Number.isFinite(value) ? `${value}` : value,
    );
    return appendFile(join(this.#folder, `${id}.jsonl`), `${text}\n`);
  }
}
