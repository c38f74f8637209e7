const table = [0];
for (let n = 1; n < 128; n++) table.push((table[n - 1] as number) + Math.log(n));

/** log n! of a whole number n >= 0, in float64. */
export function logFactorial(n: number): number {
  const known = table[n];
  if (known !== undefined) return known;
  const z = n + 1;
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
