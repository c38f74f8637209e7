import { withEpochs } from "./rungs.js";
import { meanOf } from "./statistics.js";
import type { GroupResult, StudyGroup } from "./study.js";

export interface Halving {
  /** Share of the groups that continue. */
  readonly keep: number;
  readonly rounds: number;
}

/**
 * The next round of successive halving (Jamieson and Talwalkar 2016): the best `keep` of the groups of the last round
 * continue, at least one, with 1 / keep times the epochs. A run has the same identity at every length, so none starts
 * again.
 */
export function nextRound({ keep, rounds }: Halving, results: readonly GroupResult[]): StudyGroup[] {
  const last = Math.max(...results.map(({ group }) => Number(group.labels.round)));
  if (last >= rounds) return [];
  const round = results.filter(({ group }) => Number(group.labels.round) === last);
  const scored = round
    .map(({ group, runs }) => ({ group, score: scoreOf({ group, runs }) }))
    .filter(({ score }) => Number.isFinite(score))
    .sort((a, b) => b.score - a.score);
  return scored
    .slice(0, Math.max(1, Math.round(keep * round.length)))
    .map(({ group }) => withEpochs(group, last + 1, (epochs) => Math.ceil(epochs / keep), last + 1 === rounds));
}

/** The mean over seeds of the best validation ELBO up to the round's epochs; NaN unless every seed has one. */
export function scoreOf({ group, runs }: GroupResult): number {
  const best = runs.map(({ configuration, record }) => {
    const epochs = record?.epochs.slice(0, configuration.epochs) ?? [];
    const elbos = epochs.flatMap(({ validation }) => validation?.elbo ?? []);
    return elbos.length === 0 ? Number.NaN : Math.max(...elbos);
  });
  return best.length < group.configurations.length ? Number.NaN : meanOf(best);
}
