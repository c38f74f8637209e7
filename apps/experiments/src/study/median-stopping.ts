import { scoreOf } from "./halving.js";
import { isComplete, roundOf, withEpochs } from "./rungs.js";
import { meanOf, medianOf } from "./statistics.js";
import type { GroupResult, StudyGroup } from "./study.js";

export interface MedianStopping {
  /** Epochs between two decisions about a group. */
  readonly every: number;
  /** Number of groups that must finish before any group is stopped. */
  readonly startup: number;
  /** Epochs before which no group is stopped. */
  readonly warmup: number;
}

/**
 * The median stopping rule (Golovin et al. 2017, "Google Vizier", section 3.2.1): a group is stopped after epoch s if its best bound so far is
 * below the median of the averages over epochs 1 to s of all finished groups. A decision is
 * made once; a later process repeats the decisions that ended a group.
 */
export function medianStopping(
  { every, startup, warmup }: MedianStopping,
  epochs: number,
): (results: readonly GroupResult[]) => StudyGroup[] {
  const stopped = new Set<StudyGroup>();
  return (results) => {
    const completed = results.filter((result) => isComplete(result) && epochsOf(result.group) >= epochs);
    return results.flatMap((result) => {
      const { group, runs } = result;
      const length = epochsOf(group);
      if (!isComplete(result) || length >= epochs || stopped.has(group)) return [];
      const hasGoneOn = runs.every(({ record }) => (record?.epochs.length ?? 0) > length);
      const isTold = length >= warmup && completed.length >= startup;
      const median = isTold ? medianOf(completed.map((each) => averageOf(each, length))) : Number.NEGATIVE_INFINITY;
      const score = scoreOf(result);
      if (!hasGoneOn && !(score >= median)) {
        stopped.add(group);
        return [];
      }
      const next = Math.min(length + every, epochs);
      return [withEpochs(group, roundOf(result) + 1, () => next, next === epochs)];
    });
  };
}

function epochsOf({ configurations }: StudyGroup): number {
  return configurations[0]?.epochs ?? Number.POSITIVE_INFINITY;
}

/** The mean of the validation ELBO over the first epochs, and over seeds. */
function averageOf({ runs }: GroupResult, epochs: number): number {
  return meanOf(
    runs.map(({ record }) =>
      meanOf((record?.epochs ?? []).slice(0, epochs).flatMap(({ validation }) => validation?.elbo ?? [])),
    ),
  );
}
