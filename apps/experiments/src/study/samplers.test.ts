import { expect, test } from "vitest";
import type { RunConfiguration } from "../configuration/schema.js";
import type { ExecuteOptions, Execution, Executor, PlannedRun, RunEnd, TrainOptions } from "../executor/executor.js";
import type { RunStore } from "../run/store.js";
import { type StudyDefinition, studySchema } from "./definition.js";
import { definedStudy } from "./file-study.js";
import { runStudy } from "./run-study.js";

/** Temperatures with known bounds: the closer to 0.3 the better, at every length; all rise with the epochs. */
const elboOf = (temperature: number, epoch: number) => -100 * Math.abs(temperature - 0.3) - 10 / epoch;
const temperatures = Array.from({ length: 16 }, (_, k) => 0.05 * (k + 1));

/** A store whose runs are "trained" by writing their bounds. */
class SyntheticStore {
  readonly lengths = new Map<string, { configuration: RunConfiguration; epochs: number; measured: number[] }>();
  readonly location = "memory";

  train({ id, configuration, isMeasured = true }: PlannedRun): void {
    const run = this.lengths.get(id) ?? { configuration, epochs: 0, measured: [] };
    run.epochs = Math.max(run.epochs, configuration.epochs);
    if (isMeasured) run.measured.push(configuration.epochs);
    this.lengths.set(id, run);
  }

  async list(): Promise<string[]> {
    return [...this.lengths.keys()];
  }

  async read(id: string, file: string): Promise<Uint8Array | undefined> {
    const run = this.lengths.get(id);
    if (!run) return undefined;
    const { temperature } = run.configuration.latent as { temperature: number };
    const logs = Array.from({ length: run.epochs }, (_, k) => ({
      epoch: k + 1,
      train: { elbo: 0 },
      validation: { elbo: elboOf(temperature, k + 1) },
    }));
    const contents: Record<string, string> = {
      "config.json": JSON.stringify(run.configuration),
      "metrics.jsonl": logs.map((log) => `${JSON.stringify(log)}\n`).join(""),
      "measures.json": JSON.stringify(run.measured.map((epochs) => ({ epochs, measuredEpoch: epochs, values: {} }))),
    };
    const content = contents[file];
    return content === undefined ? undefined : new TextEncoder().encode(content);
  }
}

interface Waiting {
  readonly run: PlannedRun;
  readonly options: TrainOptions;
  readonly resolve: (end: RunEnd) => void;
}

/** Trains two runs at a time, in order of priority, one epoch each in turn. */
class SyntheticExecutor implements Executor {
  readonly started: string[] = [];
  readonly #store: SyntheticStore;
  readonly #waiting: Waiting[] = [];
  #busy = 0;

  constructor(store: SyntheticStore) {
    this.#store = store;
  }

  async open(_: ExecuteOptions): Promise<Execution> {
    return {
      train: (run, options = {}) =>
        new Promise((resolve) => {
          this.#waiting.push({ run, options, resolve });
          queueMicrotask(() => this.#next());
        }),
      close: async () => {},
    };
  }

  #next(): void {
    if (this.#busy === 2 || this.#waiting.length === 0) return;
    const priorities = this.#waiting.map(({ options }) => options.priority ?? 0);
    const [next] = this.#waiting.splice(priorities.indexOf(Math.max(...priorities)), 1);
    this.#busy += 1;
    void this.#train(next as Waiting);
    this.#next();
  }

  async #train({ run, options, resolve }: Waiting): Promise<void> {
    const { temperature } = run.configuration.latent as { temperature: number };
    this.started.push(`${temperature.toFixed(2)} ${run.configuration.epochs}`);
    for (let turn = 0; turn < run.configuration.epochs; turn += 1) await new Promise((done) => setImmediate(done));
    this.#store.train(run);
    await options.after?.();
    this.#busy -= 1;
    resolve({ status: "trained" });
    this.#next();
  }
}

async function studied(definition: Record<string, unknown>, store = new SyntheticStore()) {
  const grid = { "latent.temperature": temperatures };
  const parsed = studySchema.parse({ name: "test", grid, ...definition }) as StudyDefinition;
  const executor = new SyntheticExecutor(store);
  const { results } = await runStudy(definedStudy("test", parsed), store as unknown as RunStore, executor);
  const reached = new Map<number, number>();
  for (const { configuration, epochs } of store.lengths.values()) {
    reached.set((configuration.latent as { temperature: number }).temperature, epochs);
  }
  return { store, executor, results, reached };
}

const epochsSpent = (reached: ReadonlyMap<number, number>) =>
  [...reached.values()].reduce((sum, each) => sum + each, 0);

test("ASHA finds the best configuration, trains few to the end, and begins to promote before the first round has ended", async () => {
  const { store, executor, reached } = await studied({ epochs: 1, asha: { reduction: 4, rounds: 3 } });
  expect(reached.size).toBe(16);
  expect(reached.get(0.05 * 6)).toBe(16);
  // Of 16 configurations, a quarter belongs in the second round and one in the last; early leaders add one or two more.
  const beyond = (epochs: number) => [...reached.values()].filter((each) => each > epochs).length;
  expect(beyond(1)).toBeGreaterThanOrEqual(4);
  expect(beyond(1)).toBeLessThanOrEqual(8);
  expect(beyond(4)).toBeGreaterThanOrEqual(1);
  expect(beyond(4)).toBeLessThanOrEqual(3);
  expect(epochsSpent(reached)).toBeLessThan((16 * 16) / 2);
  const firstPromoted = executor.started.findIndex((each) => each.endsWith(" 4"));
  expect(firstPromoted).toBeLessThan(executor.started.filter((each) => each.endsWith(" 1")).length);
  // The test set is measured only after the last round.
  const measured = [...store.lengths.values()].flatMap(({ measured: lengths }) => lengths);
  expect(new Set(measured)).toEqual(new Set([16]));
});

test("an ASHA study that is started again has the same promotions, and trains nothing more", async () => {
  const first = await studied({ epochs: 1, asha: { reduction: 4, rounds: 3 } });
  const before = new Map(first.reached);
  const again = await studied({ epochs: 1, asha: { reduction: 4, rounds: 3 } }, first.store);
  expect(again.reached).toEqual(before);
  expect(again.results.map(({ group }) => group.labels).length).toBe(first.results.length);
});

test("every round is measured on request", async () => {
  const { store } = await studied({ epochs: 1, asha: { reduction: 4, rounds: 2 }, measuredRounds: "all" });
  const best = [...store.lengths.values()].find(({ epochs }) => epochs === 4);
  expect(best?.measured).toEqual([1, 4]);
  const halving = await studied({ epochs: 1, halving: { keep: 0.25, rounds: 2 }, measuredRounds: "last" });
  expect([...halving.store.lengths.values()].map(({ measured }) => measured).filter((each) => each.length > 0)).toEqual(
    [[4], [4], [4], [4]],
  );
});

test("median stopping ends the worse half, keeps the best, and stops none before some have finished", async () => {
  const { reached } = await studied({ epochs: 8, medianStopping: { every: 1, startup: 3 } });
  expect(reached.get(0.05 * 6)).toBe(8);
  const stopped = [...reached].filter(([, epochs]) => epochs < 8).map(([temperature]) => temperature);
  expect(stopped.length).toBeGreaterThanOrEqual(6);
  // Every stopped group is worse than all of the first three, which are never stopped.
  const ended = [...reached].filter(([, epochs]) => epochs === 8).map(([temperature]) => temperature);
  expect(ended).toEqual(expect.arrayContaining(temperatures.slice(0, 3)));
  const worstKept = Math.min(...ended.slice(3).map((temperature) => elboOf(temperature, 8)));
  for (const temperature of stopped) expect(elboOf(temperature, 8)).toBeLessThan(worstKept);
  const warmed = await studied({ epochs: 8, medianStopping: { every: 1, startup: 3, warmup: 4 } });
  expect(Math.min(...warmed.reached.values())).toBe(4);
});

test.each([
  [{ asha: { rounds: 2 }, halving: { rounds: 2 } }, "at most one of halving, asha and medianStopping"],
  [{ measuredRounds: "last" }, "measuredRounds is not used without"],
])("a study with %j is refused", (part, sentence) => {
  expect(() => studySchema.parse({ name: "test", ...part })).toThrow(sentence);
});
