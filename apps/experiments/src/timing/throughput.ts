import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunConfiguration } from "../configuration/schema.js";
import { plannedRun, trainAll } from "../executor/executor.js";
import { LocalPool } from "../executor/local-pool.js";
import type { EngineName } from "../run/engine-names.js";
import { StoppedError } from "../run/events.js";

/** How the cores are divided among runs. */
export interface Split {
  /** Runs at a time. */
  readonly processes: number;
  /** Threads of each. */
  readonly threads: number;
}

/** The divisions of a number of cores into equal parts, from one run with all of them to one thread for each run. */
export function splitsOf(cores: number): Split[] {
  const processes = Array.from({ length: cores }, (_, k) => k + 1).filter((count) => cores % count === 0);
  return processes.map((count) => ({ processes: count, threads: cores / count }));
}

export interface ThroughputOptions extends Split {
  readonly engine: EngineName;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Training images per second of the whole machine while `processes` runs of a configuration, which differ in their seed, train side by
 * side in processes of their own, as the runs of a study do. Counted are the epochs between the moment at which every run has
 * finished its first one (which compiles) and the moment at which the first run ends.
 * @throws Error if a run fails, or the runs overlap in less than one epoch.
 */
export async function throughput(configuration: RunConfiguration, options: ThroughputOptions): Promise<number> {
  const { processes, threads, engine, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "igr-throughput-"));
  const ended = new Map<string, { at: number; images: number }[]>();
  const runs = Array.from({ length: processes }, (_, k) => ({
    ...plannedRun({ ...configuration, seed: k + 1 }),
    isMeasured: false,
  }));
  for (const { id } of runs) ended.set(id, []);
  try {
    const pool = new LocalPool({ store: folder, engine, processes, threads, trackers: [] });
    const ends = await trainAll(pool, runs, {
      observer: {
        onEvent: ({ id }, event) => {
          if (event.kind !== "epoch") return;
          const images = event.log.steps * configuration.training.batchSize;
          ended.get(id)?.push({ at: performance.now(), images });
        },
      },
      signal,
    });
    for (const end of ends) {
      if (end.status === "failed") throw new Error(end.message);
      if (end.status === "stopped") throw new StoppedError("stopped");
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const epochs = [...ended.values()];
  const from = Math.max(...epochs.map((each) => each[0]?.at ?? Number.POSITIVE_INFINITY));
  const to = Math.min(...epochs.map((each) => each.at(-1)?.at ?? Number.NEGATIVE_INFINITY));
  return epochs.reduce((sum, each) => sum + imagesPerSecond(each, from, to), 0);
}

/** Of one run in a window: its whole epochs that begin and end there. */
function imagesPerSecond(epochs: readonly { at: number; images: number }[], from: number, to: number): number {
  const inside = epochs.filter(({ at }) => at >= from && at <= to);
  const [first, ...others] = inside;
  const last = others.at(-1);
  if (first === undefined || last === undefined) {
    throw new Error("throughput: the runs overlap in less than one epoch; give more --epochs");
  }
  return (1000 * others.reduce((sum, { images }) => sum + images, 0)) / (last.at - first.at);
}
