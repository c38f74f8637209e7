import type { Frequencies } from "./frequencies.js";

/** A relaxation, and the distance of its discrete distribution from the target. */
export interface Fit {
  /**
   * P(argmax z = k) for each category of `target`. Probability beyond these categories belongs to the remainder or to
   * none of them.
   */
  readonly pmf: readonly number[];
  /** Total variation distance: half the sum of the absolute differences of the probabilities, over all categories. */
  readonly totalVariation: number;
  /** KL(relaxation || target) of the categories in nats; Infinity where the target excludes what the relaxation draws. */
  readonly kl: number;
  /** Share of the samples within 0.2 of a vertex. */
  readonly vertexProximity: number;
  /** The average number of kept coordinates, for `'igr-sb'` only. */
  readonly averageK: number | undefined;
  /** Share of the samples that need more coordinates than the cap, for `'igr-sb'` only. */
  readonly passingCap: number;
}

/** Compares the probabilities of a relaxation with the target's. */
export function compareToTarget({ probs, ...others }: Frequencies, logProbs: Float64Array): Fit {
  const pmf = Array.from(logProbs, (_, k) => probs[k] ?? 0);
  const total = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);
  const target = Array.from(logProbs, Math.exp);
  const differences = pmf.map((each, k) => Math.abs(each - (target[k] as number)));
  // Beyond the common categories, the target's tail and the remainder's share count fully.
  const elsewhere = Math.abs(1 - total(target)) + Math.abs(1 - total(pmf));
  return {
    pmf,
    totalVariation: (total(differences) + elsewhere) / 2,
    kl: total(pmf.map((each, k) => (each === 0 ? 0 : each * (Math.log(each) - (logProbs[k] as number))))),
    ...others,
  };
}
