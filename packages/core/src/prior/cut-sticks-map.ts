import type { PriorMap } from "./prior-map.js";

/**
 * Eq 24 over the sticks that each sample keeps: the fewest whose sum is more than `rho` (eq 25, on the sticks of eq
 * 22), as in `InfiniteIGR`. `dimension` sticks, then the remainder; dropped coordinates are 0.
 *
 * The cut is not continuous: a nearly empty stick has the weight exp(0) in softmax++ if it is kept, and no weight if it
 * is dropped. A pathwise derivative misses changes in which sticks are kept. The slopes here are likelihood ratio
 * estimates: the deviation of each sample's influence on the loss from the average, times its score.
 */
export function cutStickBreakingMap(dimension: number, temperature: number, delta: number, rho: number): PriorMap {
  const categories = dimension + 1;
  const cut = { temperature, delta, threshold: Math.log1p(-rho) };
  let z = new Float64Array(0);
  let unused = new Float64Array(0);
  let influences = new Float64Array(0);
  return {
    categories,
    lossAndSlopes(y, samples, objective, slopes, scores) {
      if (scores === undefined) {
        throw new TypeError("cutStickBreakingMap: scores must be given, since the cut has no derivative");
      }
      if (influences.length !== samples) {
        z = new Float64Array(samples * categories);
        unused = new Float64Array(samples * categories);
        influences = new Float64Array(samples);
      }
      for (let sample = 0; sample < samples; sample++) {
        writeCutSample(y, sample * dimension, dimension, cut, z, sample * categories);
      }
      const loss = objective(z, samples, categories, unused, influences);
      const average = influences.reduce((sum, value) => sum + value, 0) / samples;
      // The baseline of each sample is the average of the others: its deviation from the overall average, times samples
      // / (samples - 1).
      const factor = samples / Math.max(1, samples - 1);
      for (let sample = 0; sample < samples; sample++) {
        const weight = factor * ((influences[sample] as number) - average);
        for (let k = sample * dimension; k < (sample + 1) * dimension; k++) slopes[k] = weight * (scores[k] as number);
      }
      return loss;
    },
  };
}

interface Cut {
  readonly temperature: number;
  readonly delta: number;
  /** log(1 - rho): a stick is kept while at least this much is left before it. */
  readonly threshold: number;
}

function writeCutSample(
  y: Float64Array,
  yAt: number,
  dimension: number,
  { temperature, delta, threshold }: Cut,
  z: Float64Array,
  zAt: number,
): void {
  let [logRest, longest, count] = [0, 0, 0];
  for (; count < dimension && logRest >= threshold; count++) {
    const logit = y[yAt + count] as number;
    const stick = Math.exp(logRest - softplus(-logit));
    z[zAt + count] = stick;
    longest = Math.max(longest, stick);
    logRest -= softplus(logit);
  }
  // softmax++ of the sticks, minus the longest so that nothing overflows. A dropped stick has no weight, unlike an
  // empty one.
  let total = delta * Math.exp(-longest / temperature);
  z[zAt + dimension] = total;
  for (let k = 0; k < dimension; k++) {
    const weight = k < count ? Math.exp(((z[zAt + k] as number) - longest) / temperature) : 0;
    z[zAt + k] = weight;
    total += weight;
  }
  for (let k = 0; k <= dimension; k++) z[zAt + k] = (z[zAt + k] as number) / total;
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
