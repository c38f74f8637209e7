/** The Kolmogorov-Smirnov distance of draws from a cdf, times sqrt(n): above 1.95 with probability 0.001. */
export function kolmogorovSmirnov(draws: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(draws).sort();
  let distance = 0;
  for (const [index, x] of sorted.entries()) {
    const p = cdf(x);
    distance = Math.max(distance, Math.abs(p - index / sorted.length), Math.abs(p - (index + 1) / sorted.length));
  }
  return distance * Math.sqrt(sorted.length);
}

/** Pearson's chi-square of counts against expected counts, in standard deviations from its mean (a near-normal z-score). */
export function chiSquareScore(counts: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    sum += ((counts[cell] as number) - (expected[cell] as number)) ** 2 / (expected[cell] as number);
  }
  const freedom = counts.length - 1;
  // Wilson and Hilferty: the cube root of a chi-square is close to normal.
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(sum / freedom) - (1 - spread)) / Math.sqrt(spread);
}

/** Mean of `values` minus `expected`, in standard errors. */
export function meanScore(values: ArrayLike<number>, expected: number): number {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] as number) / n;
  let variance = 0;
  for (let i = 0; i < n; i++) variance += ((values[i] as number) - mean) ** 2 / (n - 1);
  return (mean - expected) / Math.sqrt(variance / n);
}

/** Pearson's correlation of two series times sqrt(n): a z-score if they are independent. */
export function correlationScore(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = Math.min(a.length, b.length);
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanA += (a[i] as number) / n;
    meanB += (b[i] as number) / n;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [da, db] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return (ab / Math.sqrt(aa * bb)) * Math.sqrt(n);
}

/** Phi in float64: the continued fraction of the tail and the Taylor series of the middle, to 1e-14. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 4) {
    const a = Math.abs(x);
    let fraction = 0;
    for (let k = 80; k > 0; k--) fraction = k / (a + fraction);
    const tail = Math.exp((-a * a) / 2) / Math.sqrt(2 * Math.PI) / (a + fraction);
    return x < 0 ? tail : 1 - tail;
  }
  let [term, sum] = [x, x];
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
