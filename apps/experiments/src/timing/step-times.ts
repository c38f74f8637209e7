import { createRng } from "@igr/core";
import { fit } from "@igr/models";
import type { RunConfiguration } from "../configuration/schema.js";
import { buildModel } from "../run/build-model.js";
import { buildOptimizer } from "../run/build-optimizer.js";
import { chooseEngine } from "../run/engine.js";
import type { EngineName } from "../run/engine-names.js";
import { loadData } from "../run/load-data.js";

export interface StepTimesOptions {
  readonly engine: EngineName;
  readonly threads?: number | undefined;
  /** Number of turns of each model. */
  readonly rounds: number;
  /** Number of steps of a turn. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
}

export interface StepTimes {
  /** The engine that ran the steps. */
  readonly engine: string;
  readonly backend: string;
  /** Milliseconds of a step, by model and round; without the first round, which compiles. */
  readonly milliseconds: readonly (readonly number[])[];
}

/**
 * Times the training steps of several models alternately in one process: each trains for a short epoch while the others
 * wait, so that other load of the machine affects all models equally. The times include drawing data and noise.
 */
export async function stepTimes(
  configurations: readonly RunConfiguration[],
  options: StepTimesOptions,
): Promise<StepTimes> {
  const { fitEngine } = await chooseEngine(options.engine);
  const turns = new Turns(configurations.length);
  const jit = options.threads === undefined ? {} : { threads: options.threads };
  const milliseconds = configurations.map((): number[] => []);
  const histories = await Promise.all(
    configurations.map(async (configuration, index) => {
      const { batchSize } = configuration.training;
      const data = await loadData(configuration, { ...(options.signal ? { signal: options.signal } : {}) });
      const images = data.training.slice(0, options.steps * batchSize);
      const model = buildModel(configuration);
      const optimizer = buildOptimizer(configuration.training);
      let startedAt = 0;
      let took = 0;
      try {
        return await fit(model, images, {
          epochs: options.rounds + 1,
          batchSize,
          optimizer,
          rng: createRng(configuration.seed),
          binarize: configuration.data.binarize === "static" ? "threshold" : configuration.data.binarize,
          engine: fitEngine,
          jit,
          ...(options.signal ? { signal: options.signal } : {}),
          callbacks: {
            onEpochBegin: async () => {
              await turns.wait(index);
              startedAt = performance.now();
            },
            onStep: ({ step }) => {
              if (step === options.steps) took = performance.now() - startedAt;
            },
            onEpoch: ({ epoch }) => {
              if (epoch > 1) (milliseconds[index] as number[]).push(took / options.steps);
              turns.pass(index);
            },
          },
        });
      } finally {
        turns.leave(index);
        optimizer.dispose();
        model.dispose();
      }
    }),
  );
  const [first] = histories;
  return { engine: first?.engine ?? "", backend: first?.backend ?? "", milliseconds };
}

/** Lets several tasks take turns, in order; tasks that have left are skipped. */
class Turns {
  readonly #present: boolean[];
  #current = 0;
  #waiting = new Map<number, () => void>();

  constructor(count: number) {
    this.#present = Array.from({ length: count }, () => true);
  }

  wait(index: number): Promise<void> {
    if (index === this.#current) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(index, resolve));
  }

  pass(index: number): void {
    if (index !== this.#current) return;
    const count = this.#present.length;
    for (let ahead = 1; ahead <= count; ahead += 1) {
      const next = (index + ahead) % count;
      if (!this.#present[next]) continue;
      this.#current = next;
      this.#waiting.get(next)?.();
      this.#waiting.delete(next);
      return;
    }
  }

  leave(index: number): void {
    this.#present[index] = false;
    this.pass(index);
  }
}
