import type { ExecuteOptions, Execution, Executor, PlannedRun, RunEnd } from "../executor/executor.js";
import { plannedRun } from "../executor/executor.js";
import { measuredFor } from "../run/finished.js";
import { canonicalJson, runId } from "../run/identity.js";
import { readRun } from "../run/record.js";
import type { RunStore } from "../run/store.js";
import type { GroupResult, Study, StudyGroup } from "./study.js";

/** A run that failed, and why. */
export interface StudyFailure {
  readonly title: string;
  readonly message: string;
  readonly isInput: boolean;
}

export interface StudyOutcome {
  readonly results: readonly GroupResult[];
  readonly failures: readonly StudyFailure[];
  /** Whether the signal ended the study. */
  readonly isStopped: boolean;
}

/** Trains the missing runs of a study and reads the results. Runs that several groups share are trained once. */
export async function runStudy(
  study: Study,
  store: RunStore,
  executor: Executor,
  options: ExecuteOptions = {},
): Promise<StudyOutcome> {
  const atOnce = new Set(distinctRuns(study.groups).map(({ id }) => id)).size;
  const execution = await executor.open(options, atOnce);
  try {
    const underWay = new StudyUnderWay(study, store, execution, options);
    return await underWay.finish();
  } finally {
    await execution.close();
  }
}

/** A study in training; groups are added as results arrive. */
class StudyUnderWay {
  readonly #study: Study;
  readonly #store: RunStore;
  readonly #execution: Execution;
  readonly #options: ExecuteOptions;
  /** All groups by their labels, with their results at the time when the group ended. */
  readonly #results = new Map<string, GroupResult>();
  /** Runs by identity, epochs and measurement. */
  readonly #ends = new Map<string, Promise<RunEnd>>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures: StudyFailure[] = [];
  #isStopped = false;

  constructor(study: Study, store: RunStore, execution: Execution, options: ExecuteOptions) {
    this.#study = study;
    this.#store = store;
    this.#execution = execution;
    this.#options = options;
    for (const group of study.groups) this.#begin(group);
  }

  async finish(): Promise<StudyOutcome> {
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay);
      if (!this.#study.isAsynchronous) this.#beginNext();
    }
    const results = await readResults(
      this.#store,
      [...this.#results.values()].map(({ group }) => group),
    );
    return { results, failures: this.#failures, isStopped: this.#isStopped };
  }

  #begin(group: StudyGroup): void {
    const key = keyOf(group);
    this.#results.set(key, resultWithout(group));
    const runs = runsOf(group);
    let left = runs.length;
    const after = async () => {
      left -= 1;
      if (left > 0) return;
      const [result] = await readResults(this.#store, [group]);
      this.#results.set(key, result as GroupResult);
      if (this.#study.isAsynchronous) this.#beginNext();
    };
    const all = Promise.all(runs.map((run) => this.#train(run, group, after))).then(() => {});
    this.#underWay.add(all);
    // A rejection reaches `finish`, which waits for all of them.
    all.then(
      () => this.#underWay.delete(all),
      () => {},
    );
  }

  async #train(run: PlannedRun, { priority }: StudyGroup, after: () => Promise<void>): Promise<void> {
    const key = `${run.id} ${run.configuration.epochs} ${run.isMeasured ?? true}`;
    const known = this.#ends.get(key);
    if (known !== undefined) {
      await known;
      return after();
    }
    const end = this.#execution.train(run, { priority, after });
    this.#ends.set(key, end);
    const ended = await end;
    if (ended.status === "failed") {
      const { message, isInput = false } = ended;
      this.#failures.push({ title: run.title, message, isInput });
    }
    this.#isStopped ||= ended.status === "stopped";
  }

  #beginNext(): void {
    if (this.#isStopped || this.#options.signal?.aborted) return;
    const results = [...this.#results.values()];
    for (const group of this.#study.next?.(results) ?? []) {
      if (this.#results.has(keyOf(group))) continue;
      for (const run of runsOf(group)) this.#options.observer?.onPlanned?.(run);
      this.#begin(group);
    }
  }
}

/** A group whose runs have not ended. */
function resultWithout(group: StudyGroup): GroupResult {
  return { group, runs: group.configurations.map((configuration) => ({ configuration })) };
}

/** The stored results of groups, without training. */
export async function readResults(store: RunStore, groups: readonly StudyGroup[]): Promise<GroupResult[]> {
  const kept = new Set(await store.list());
  return Promise.all(
    groups.map(async (group) => ({
      group,
      runs: await Promise.all(
        group.configurations.map(async (configuration) => {
          const id = runId(configuration);
          if (!kept.has(id)) return { configuration };
          const record = await readRun(store, id);
          const measures = measuredFor(record, configuration.epochs);
          return { configuration, record, ...(measures === undefined ? {} : { measures }) };
        }),
      ),
    })),
  );
}

/** All rounds of a study that follow from its stored results. */
export async function readStudy(study: Study, store: RunStore): Promise<GroupResult[]> {
  let groups: readonly StudyGroup[] = study.groups;
  for (;;) {
    const results = await readResults(store, groups);
    const more = newGroups(study.next?.(results) ?? [], groups);
    if (more.length === 0) return results;
    groups = [...groups, ...more];
  }
}

/** The runs of groups, each once. */
export function distinctRuns(groups: readonly StudyGroup[]): PlannedRun[] {
  const seen = new Map(groups.flatMap(runsOf).map((run) => [`${run.id} ${run.configuration.epochs}`, run]));
  return [...seen.values()];
}

function runsOf({ configurations, isMeasured }: StudyGroup): PlannedRun[] {
  return configurations.map((configuration) => ({
    ...plannedRun(configuration),
    ...(isMeasured === undefined ? {} : { isMeasured }),
  }));
}

function newGroups(given: readonly StudyGroup[], known: readonly StudyGroup[]): StudyGroup[] {
  const keys = new Set(known.map(keyOf));
  return given.filter((group) => !keys.has(keyOf(group)));
}

function keyOf({ labels }: StudyGroup): string {
  return canonicalJson(labels);
}
