import type { GroupResult, StudyGroup } from "./study.js";

/** All groups of one round. */
export interface Rung {
  readonly round: number;
  readonly groups: readonly GroupResult[];
}

/** Groups by the round in their labels, from the first. */
export function rungsOf(results: readonly GroupResult[]): Rung[] {
  const rounds = [...new Set(results.map(roundOf))].sort((a, b) => a - b);
  return rounds.map((round) => ({ round, groups: results.filter((result) => roundOf(result) === round) }));
}

export function roundOf({ group }: GroupResult): number {
  return Number(group.labels.round);
}

/**
 * The same group in a later round, in which its runs continue. Runs of a later round start before those of an earlier
 * one.
 */
export function withEpochs(
  group: StudyGroup,
  round: number,
  epochs: (epochs: number) => number,
  isMeasured: boolean,
): StudyGroup {
  return {
    labels: { ...group.labels, round: `${round}` },
    configurations: group.configurations.map((each) => ({ ...each, epochs: epochs(each.epochs) })),
    isMeasured: isMeasured || group.isMeasured !== false,
    priority: Math.min(round - 1, 999),
  };
}

/** Whether all runs of a group have finished its round. */
export function isComplete({ group, runs }: GroupResult): boolean {
  const ended = runs.filter(
    ({ configuration, record, measures }) =>
      measures !== undefined || (record?.epochs.length ?? 0) >= configuration.epochs,
  );
  return ended.length === group.configurations.length;
}

/** The furthest of the groups that differ only in their round. */
export function furthest(results: readonly GroupResult[]): GroupResult[] {
  const last = new Map<string, GroupResult>();
  for (const result of results) {
    const { round: _, ...labels } = result.group.labels;
    const key = JSON.stringify(labels);
    const known = last.get(key);
    if (known === undefined || roundOf(known) < roundOf(result)) last.set(key, result);
  }
  return [...last.values()];
}
