function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** Count, minimum, median and quartiles of times. */
export function statistics(times) {
  const sorted = Float64Array.from(times).sort();
  return {
    steps: sorted.length,
    minimum: sorted[0],
    quartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
  };
}
