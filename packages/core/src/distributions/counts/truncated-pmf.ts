import { checkInteger, checkNumber, openInterval } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { CountDistribution, largestCount } from "./count-distribution.js";

/** Options of {@link truncatedPmf}. */
export interface TruncatedPmfOptions {
  /** The largest probability that may lie above the last count, in (0, 1); 1e-6 by default. */
  readonly tailMass?: number;
  /** The largest allowed number of counts; 65536 by default. More counts are an error, since memory grows with them. */
  readonly maxSize?: number;
}

/** The probabilities of the counts from 0 to `size - 1`. */
export interface TruncatedPmf {
  /** Number of counts. */
  readonly size: number;
  /** Probabilities, `[size, ...batchShape]`. They sum to 1 less `tailMass`. */
  readonly probs: tf.Tensor;
  /** Their logarithms, `[size, ...batchShape]`, which are accurate where a probability is 0 in float32. */
  readonly logProbs: tf.Tensor;
  /** The probability above the last count, `[...batchShape]`. */
  readonly tailMass: tf.Tensor;
}

/**
 * The probabilities of a distribution of counts on 0, 1, ..., n, with the smallest n above which every member of the
 * batch has at most `tailMass`, or the whole support if it is smaller. Reads tensors, so a compiler cannot trace it.
 *
 * @throws TypeError if the distribution is not a distribution of counts, or an option is not a number; RangeError if
 * `tailMass` is not in (0, 1) or the counts would be more than `maxSize`.
 *
 * @example
 * ```ts
 * const { size, probs, tailMass } = truncatedPmf(new Poisson({ rate: 50 })); // counts 0 to 87
 * ```
 */
export function truncatedPmf(
  distribution: CountDistribution,
  { tailMass = 1e-6, maxSize = 65536 }: TruncatedPmfOptions = {},
): TruncatedPmf {
  if (!(distribution instanceof CountDistribution)) {
    const given = (distribution as { name?: unknown } | undefined)?.name ?? distribution;
    throw new TypeError(
      `truncatedPmf: distribution must be Poisson, Binomial, NegativeBinomial, Geometric or Categorical, got ${String(given)}`,
    );
  }
  checkNumber("truncatedPmf", "tailMass", tailMass, openInterval);
  checkInteger("truncatedPmf", "maxSize", maxSize, 1);
  const logBound = Math.log(tailMass);
  const isEnough = (count: number) => {
    const worst = tf.tidy(() => tf.max(distribution.logSurvival(count)));
    const value = worst.dataSync()[0] as number;
    worst.dispose();
    if (Number.isNaN(value)) {
      throw new RangeError(
        `truncatedPmf: the parameters of ${distribution.name} must be within their domains, got a tail of NaN`,
      );
    }
    return value <= logBound;
  };
  let [below, above] = [-1, 0];
  while (!isEnough(above)) {
    if (above >= largestCount) break;
    below = above;
    above = Math.min(2 * above + 1, largestCount);
  }
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (isEnough(middle)) {
      above = middle;
    } else {
      below = middle;
    }
  }
  const size = above + 1;
  if (size > maxSize) {
    throw new RangeError(
      `truncatedPmf: the counts must be at most maxSize = ${maxSize}, got ${size} for a tail of ${tailMass}; raise one of the two`,
    );
  }
  return tf.tidy(() => {
    const counts = tf.reshape(tf.range(0, size), [size, ...distribution.batchShape.map(() => 1)]);
    const logProbs = distribution.logProb(counts);
    return { size, logProbs, probs: tf.exp(logProbs), tailMass: tf.exp(distribution.logSurvival(size - 1)) };
  });
}
