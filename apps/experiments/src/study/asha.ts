import { scoreOf } from "./halving.js";
import { isComplete, type Rung, rungsOf, withEpochs } from "./rungs.js";
import type { GroupResult, StudyGroup } from "./study.js";

export interface Asha {
  /** The reduction factor eta of the ASHA paper, an integer >= 2: one of `eta` groups continues to the next rung. */
  readonly reduction: number;
  readonly rounds: number;
}

/**
 * Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2): whenever a group
 * ends, the best 1 / `reduction` of the groups that have ended in its round continue with `reduction` times the epochs, without waiting
 * for the others. Continuing groups start before new ones, the group of the highest round first.
 * A group whose runs are longer than its round was continued by an earlier process. It continues again, even if other
 * groups of its round have ended since.
 */
export function promotions({ reduction, rounds }: Asha, results: readonly GroupResult[]): StudyGroup[] {
  return rungsOf(results).flatMap(({ round, groups }: Rung) => {
    if (round >= rounds) return [];
    const ranked = groups
      .filter(isComplete)
      .map((result) => ({ result, score: scoreOf(result) }))
      .filter(({ score }) => Number.isFinite(score))
      .sort((a, b) => b.score - a.score);
    const best = ranked.slice(0, Math.floor(ranked.length / reduction));
    const gone = ranked.slice(best.length).filter(({ result }) => hasGoneOn(result));
    return [...best, ...gone].map(({ result: { group } }) =>
      withEpochs(group, round + 1, (epochs) => epochs * reduction, round + 1 === rounds),
    );
  });
}

function hasGoneOn({ runs }: GroupResult): boolean {
  return runs.every(({ configuration, record }) => (record?.epochs.length ?? 0) > configuration.epochs);
}
