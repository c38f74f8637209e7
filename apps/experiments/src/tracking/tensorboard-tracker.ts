import { appendFile, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { tfRecord } from "./tfrecord.js";
import type { TrackedRun, Tracker } from "./tracker.js";

/**
 * TensorBoard's event files: a folder for each run in the given one, a file for each process that trains it. A process that goes on begins
 * after the last checkpoint, whose epoch was logged before or never, so that steps rise over all files: TensorBoard would drop
 * points at or above a step that comes again. NaN and infinite values are written as they are.
 */
export class TensorBoardTracker implements Tracker {
  readonly name: string;
  readonly #folder: string;
  #file = "";

  constructor(folder: string) {
    this.name = `tensorboard:${folder}`;
    this.#folder = folder;
  }

  async start({ id, title }: TrackedRun): Promise<void> {
    const folder = join(this.#folder, `${title.replace(/[^\w.()-]+/g, "-")}-${id}`);
    await mkdir(folder, { recursive: true });
    // The name that TensorBoard looks for; files of one folder are read in the order of their names, those of time.
    const seconds = `${Math.floor(Date.now() / 1000)}`.padStart(10, "0");
    this.#file = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`);
    await this.#append(bytes(3, new TextEncoder().encode("brain.Event:2")));
  }

  async log(step: number, metrics: Readonly<Record<string, number>>): Promise<void> {
    const values = Object.entries(metrics).map(([tag, value]) =>
      bytes(1, concat([bytes(1, new TextEncoder().encode(tag)), float(2, value)])),
    );
    await this.#append(concat([integer(2, step), bytes(5, concat(values))]));
  }

  async finish(): Promise<void> {}

  /** An Event of TensorFlow's event.proto: field 1 is the time, 2 the step, 3 the version, 5 the summary. */
  #append(fields: Uint8Array): Promise<void> {
    return appendFile(this.#file, tfRecord(concat([double(1, Date.now() / 1000), fields])));
  }
}

/** Fields of protocol buffers: the number of the field and its wire type, then the value. */
function bytes(field: number, value: Uint8Array): Uint8Array {
  return concat([varint((field << 3) | 2), varint(value.length), value]);
}

function integer(field: number, value: number): Uint8Array {
  return concat([varint(field << 3), varint(value)]);
}

function float(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return concat([varint((field << 3) | 5), data]);
}

function double(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return concat([varint((field << 3) | 1), data]);
}

/** Seven bits a byte, the lowest first; of safe integers >= 0. */
function varint(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 128) {
    digits.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...digits, rest]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
