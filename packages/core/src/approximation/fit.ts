import type { Frequencies } from "./frequencies.js";

/** A relaxation and how close the discrete distribution that it stands for is to the target. */
export interface Fit {
  /** P(argmax z = k) for each category of `target`; what is beyond is the remainder's or that of no category. */
  readonly pmf: readonly number[];
  /** Half the sum of the differences of the probabilities, over all categories. */
  readonly totalVariation: number;
  /** KL(relaxation || target) of the categories in nats; Infinity where the target excludes what the relaxation draws. */
  readonly kl: number;
  /** Share of the samples within 0.2 of a vertex. */
  readonly vertexProximity: number;
  /** The average number of kept coordinates, of `'igr-sb'` alone. */
  readonly averageK: number | undefined;
  /** Share of the samples that need more coordinates than the cap, of `'igr-sb'` alone. */
  readonly passingCap: number;
}

/** The probabilities of a relaxation beside the target's. */
export function compareToTarget({ probs, ...others }: Frequencies, logProbs: Float64Array): Fit {
  const pmf = Array.from(logProbs, (_, k) => probs[k] ?? 0);
  const total = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);
  const target = Array.from(logProbs, Math.exp);
  const differences = pmf.map((each, k) => Math.abs(each - (target[k] as number)));
  // Beyond the categories at hand: the target's tail against nothing, and the remainder's share against nothing.
  const elsewhere = Math.abs(1 - total(target)) + Math.abs(1 - total(pmf));
  return {
    pmf,
    totalVariation: (total(differences) + elsewhere) / 2,
    kl: total(pmf.map((each, k) => (each === 0 ? 0 : each * (Math.log(each) - (logProbs[k] as number))))),
    ...others,
  };
}
