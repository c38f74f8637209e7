import { appendFile, readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { makeFolder } from "@igr/files";
import { attempts } from "./attempt.js";
import { bytesField, concat, doubleField, floatField, integerField, readInteger } from "./protobuf.js";
import { tfRecord, tfRecords } from "./tfrecord.js";
import type { TrackedMetrics, TrackedRun, TrackedStatus, Tracker } from "./tracker.js";

const EVENT_FILE = /^events\.out\.tfevents\.(\d{10})\./;
/** Fields of TensorFlow's event.proto and summary.proto. */
const EVENT = { time: 1, step: 2, version: 3, summary: 5 } as const;
const SUMMARY = { value: 1, tag: 1, simpleValue: 2 } as const;

/**
 * TensorBoard's event files: a folder for each run in the given one, a file for each process that trains it. A process that continues a run
 * begins after the last step in the files there, so that steps rise over all of them: TensorBoard would drop points at or above a
 * step that comes again. NaN and infinite values are written as they are.
 */
export class TensorBoardTracker implements Tracker {
  readonly name: string;
  readonly #folder: string;
  #file = "";

  constructor(folder: string) {
    this.name = `tensorboard:${folder}`;
    this.#folder = folder;
  }

  async start({ id, title, resumedAt }: TrackedRun): Promise<number> {
    await makeFolder(this.#folder);
    const base = `${title.replace(/[^\w.()-]+/g, "-")}-${id}`;
    const { latest, next } = attempts(base, await readdir(this.#folder));
    const known = await eventFiles(join(this.#folder, latest));
    const isNew = resumedAt === 0 && known.last > 0;
    const folder = join(this.#folder, isNew ? next : latest);
    await makeFolder(folder);
    const { last, names } = isNew ? { last: 0, names: [] } : known;
    // The name that TensorBoard looks for; it reads the files of a folder in the order of their names, and goes back to none.
    const used = Math.max(0, ...names.map((name) => Number(EVENT_FILE.exec(name)?.[1])));
    const seconds = `${Math.max(Math.floor(Date.now() / 1000), used + 1)}`.padStart(10, "0");
    this.#file = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`);
    await this.#append(bytesField(EVENT.version, new TextEncoder().encode("brain.Event:2")));
    return last;
  }

  log(step: number, metrics: TrackedMetrics): Promise<void> {
    const values = Object.entries(metrics).map(([tag, value]) =>
      bytesField(
        SUMMARY.value,
        concat([bytesField(SUMMARY.tag, new TextEncoder().encode(tag)), floatField(SUMMARY.simpleValue, value)]),
      ),
    );
    return this.#append(concat([integerField(EVENT.step, step), bytesField(EVENT.summary, concat(values))]));
  }

  /** Measures are tags of their own, so that their step may be the last epoch's. */
  async finish(_status: TrackedStatus, step: number, measures: TrackedMetrics): Promise<void> {
    if (Object.keys(measures).length > 0) await this.log(step, measures);
  }

  #append(fields: Uint8Array): Promise<void> {
    return appendFile(this.#file, tfRecord(concat([doubleField(EVENT.time, Date.now() / 1000), fields])));
  }
}

/** The event files of a folder, and the last step in them, as far as their records are whole. */
async function eventFiles(folder: string): Promise<{ readonly names: readonly string[]; readonly last: number }> {
  const all = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const names = all.filter((name) => EVENT_FILE.test(name));
  let last = 0;
  for (const name of names) {
    for (const event of tfRecords(await readFile(join(folder, name)))) {
      last = Math.max(last, readInteger(event, EVENT.step) ?? 0);
    }
  }
  return { names, last };
}
