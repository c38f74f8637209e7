import type { UniformSource } from "../../random/uniform-source.js";
import { logFactorial } from "../../special/log-factorial.js";

/**
 * A Poisson count, in float64. Below a rate of 10 by inversion, else by transformed rejection with squeeze
 * (Hörmann 1993, "The transformed rejection method for generating Poisson random variables", PTRS): exact.
 */
export function drawPoisson(uniform: UniformSource, rate: number): number {
  if (!(rate >= 0) || rate === Number.POSITIVE_INFINITY) return Number.NaN;
  if (rate < 10) return invert(uniform, Math.exp(-rate), (k) => rate / k);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const logRate = Math.log(rate);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logRate - rate - logFactorial(k)) return k;
  }
}

/**
 * A binomial count, in float64, from the probability of success and its complement. By inversion where the mean of the
 * rarer outcome is below 10, else by transformed rejection with squeeze (Hörmann 1993, "The generation of binomial random
 * variates", BTRS): exact.
 */
export function drawBinomial(uniform: UniformSource, n: number, probs: number, complement: number): number {
  if (!(n >= 0 && probs >= 0 && complement >= 0)) return Number.NaN;
  if (probs > complement) return n - drawBinomial(uniform, n, complement, probs);
  const odds = probs / complement;
  if (n * probs < 10) {
    return Math.min(
      n,
      invert(uniform, Math.exp(n * Math.log1p(-probs)), (k) => (odds * (n - k + 1)) / k),
    );
  }
  const deviation = Math.sqrt(n * probs * complement);
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * probs;
  const center = n * probs + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((n + 1) * probs);
  const logAtMode = logFactorial(mode) + logFactorial(n - mode);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + center);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const bound = (k - mode) * Math.log(odds) + logAtMode - logFactorial(k) - logFactorial(n - k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

/** A draw of the gamma distribution of rate 1, in float64 (Marsaglia and Tsang 2000): exact. */
export function drawGamma(uniform: UniformSource, shape: number): number {
  if (!(shape > 0) || shape === Number.POSITIVE_INFINITY) return Number.NaN;
  if (shape < 1) {
    // A gamma variable of shape + 1 times a power of a uniform, in logs, since the power underflows for small shapes.
    return Math.exp(Math.log(drawGamma(uniform, shape + 1)) + Math.log(uniform()) / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** The count where the summed probabilities pass a uniform draw; `ratio(k)` is P(k) / P(k - 1). */
function invert(uniform: UniformSource, atZero: number, ratio: (k: number) => number): number {
  const u = uniform();
  let [probability, sum, k] = [atZero, atZero, 0];
  // Rounding may keep the sum below u: the loop stops when terms no longer change the sum.
  while (u > sum) {
    k++;
    probability *= ratio(k);
    const next = sum + probability;
    if (next === sum && probability < 1e-17) break;
    sum = next;
  }
  return k;
}
