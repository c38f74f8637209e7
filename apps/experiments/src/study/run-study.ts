import type { ExecuteOptions, Executor, PlannedRun, RunEnd } from "../executor/executor.js";
import { plannedRun } from "../executor/executor.js";
import { canonicalJson, runId } from "../run/identity.js";
import { readRun } from "../run/record.js";
import type { RunStore } from "../run/store.js";
import { measuredFor } from "../run/train-run.js";
import type { GroupResult, Study, StudyGroup } from "./study.js";

/** A run that did not come to its end, and why. */
export interface StudyFailure {
  readonly title: string;
  readonly message: string;
  readonly isInput: boolean;
}

export interface StudyOutcome {
  readonly results: readonly GroupResult[];
  readonly failures: readonly StudyFailure[];
  /** Whether the signal ended it. */
  readonly isStopped: boolean;
}

/** Trains what a study lacks, round by round, and reads what came of it. Runs that several groups share are trained once. */
export async function runStudy(
  study: Study,
  store: RunStore,
  executor: Executor,
  options: ExecuteOptions = {},
): Promise<StudyOutcome> {
  const failures: StudyFailure[] = [];
  let groups: readonly StudyGroup[] = [];
  let results: readonly GroupResult[] = [];
  let fresh: readonly StudyGroup[] = study.groups;
  let isStopped = false;
  while (fresh.length > 0 && !isStopped) {
    groups = [...groups, ...fresh];
    const runs = distinctRuns(fresh);
    const ends = await executor.run(runs, options);
    for (const [index, end] of ends.entries()) {
      const title = runs[index]?.title as string;
      if (end.status === "failed") failures.push({ title, message: end.message, isInput: end.isInput ?? false });
      isStopped ||= end.status === ("stopped" satisfies RunEnd["status"]);
    }
    results = await readResults(store, groups);
    fresh = isStopped ? [] : newGroups(study.next?.(results) ?? [], groups);
  }
  return { results, failures, isStopped };
}

/** What the store holds of groups, without training anything. */
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

/** All rounds of a study that its kept results lead to. */
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
  const runs = groups.flatMap(({ configurations }) => configurations.map(plannedRun));
  const seen = new Map(runs.map((run) => [`${run.id} ${run.configuration.epochs}`, run]));
  return [...seen.values()];
}

function newGroups(given: readonly StudyGroup[], known: readonly StudyGroup[]): StudyGroup[] {
  const keys = new Set(known.map(({ labels }) => canonicalJson(labels)));
  return given.filter(({ labels }) => !keys.has(canonicalJson(labels)));
}
