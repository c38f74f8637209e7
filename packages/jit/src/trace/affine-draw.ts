import * as tf from "@tensorflow/tfjs-core";

/** Numbers that a random op of tfjs drew: `shift + scale * z` of standard draws z. */
export interface AffineDraw {
  readonly kind: "normal" | "uniform" | "truncated normal";
  readonly shift: number;
  readonly scale: number;
}

/** Numbers that tf.randomGamma drew: `scale` times numbers of scale 1. */
export interface GammaDraw {
  readonly kind: "gamma";
  readonly alpha: number;
  readonly scale: number;
}

/** Rounding of float32, times four. */
const TOLERANCE = 4 * 2 ** -24;

const STANDARD: Readonly<Record<AffineDraw["kind"], (shape: [number], seed: number) => tf.Tensor>> = {
  normal: (shape, seed) => tf.randomNormal(shape, 0, 1, "float32", seed),
  uniform: (shape, seed) => tf.randomUniform(shape, 0, 1, "float32", seed),
  "truncated normal": (shape, seed) => tf.truncatedNormal(shape, 0, 1, "float32", seed),
};

/** Tolerance for parameters that were found from other numbers. */
const LOOSE = 16 * TOLERANCE;

/** Parameters found before. They are tried first, so that a function that is traced twice has the same ones. */
const known: AffineDraw[] = [];

const MOST_KNOWN = 100;

/** Parameters are rounded to this many digits if that fits. */
const DIGITS = [1, 2, 3, 4, 5, 6, 7];

/**
 * Finds the parameters of tf.randomNormal or tf.truncatedNormal(shape, mean, stdDev), or tf.randomUniform(shape, low,
 * high), which no interface exposes, from the numbers that it drew: the numbers of the standard op with the same seed
 * are known. Undefined for fewer than two numbers.
 */
export function affineDraw(kind: AffineDraw["kind"], values: Float32Array, seed: number): AffineDraw | undefined {
  const { length } = values;
  if (length < 2) return undefined;
  const standard = tf.tidy(() => STANDARD[kind]([length], seed).dataSync<"float32">());
  const before = known.find((draw) => draw.kind === kind && agrees(draw, standard, values, LOOSE));
  if (before) return before;
  const found = estimated(kind, standard, values);
  if (found && known.unshift(found) > MOST_KNOWN) known.pop();
  return found;
}

function estimated(kind: AffineDraw["kind"], standard: Float32Array, values: Float32Array): AffineDraw | undefined {
  const estimate = leastSquares(standard, values);
  if (!estimate || !agrees(estimate, standard, values)) return undefined;
  for (const digits of DIGITS) {
    const shift = Math.abs(estimate.shift) < 1e-5 * Math.abs(estimate.scale) ? 0 : estimate.shift;
    const rounded = { shift: Number(shift.toPrecision(digits)), scale: Number(estimate.scale.toPrecision(digits)) };
    if (agrees(rounded, standard, values)) return { kind, ...rounded };
  }
  return { kind, ...estimate };
}

function leastSquares(x: Float32Array, y: Float32Array): Omit<AffineDraw, "kind"> | undefined {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [covariance, variance] = [0, 0];
  for (const [i, value] of x.entries()) {
    covariance += (value - meanX) * (y[i]! - meanY);
    variance += (value - meanX) ** 2;
  }
  if (variance === 0) return undefined;
  const scale = covariance / variance;
  return { shift: meanY - scale * meanX, scale };
}

function agrees(
  { shift, scale }: Omit<AffineDraw, "kind">,
  standard: Float32Array,
  values: Float32Array,
  tolerance = TOLERANCE,
): boolean {
  return standard.every((z, i) => {
    const error = Math.abs(values[i]! - (shift + scale * z));
    return error <= tolerance * (Math.abs(shift) + Math.abs(scale * z) + Math.abs(scale));
  });
}

/**
 * Finds the parameters of tf.randomGamma(shape, alpha, beta), whose beta is a scale, contrary to its documentation.
 * @param d The first number that tfjs computes from alpha: alpha - 1/3, or alpha + 2/3 for alpha below 1.
 */
export function gammaDraw(d: number, values: Float32Array, seed: number): GammaDraw | undefined {
  for (const alpha of [d - 2 / 3, d + 1 / 3]) {
    if (!(alpha > 0) || values.length === 0) continue;
    const draw = tf.tidy(() => tf.randomGamma([values.length], alpha, 1, "float32", seed).dataSync<"float32">());
    const total = (numbers: Float32Array) => numbers.reduce((sum, value) => sum + value, 0);
    const exact = total(values) / total(draw);
    const fits = (scale: number) => agrees({ shift: 0, scale }, draw, values);
    const scale = DIGITS.map((digits) => Number(exact.toPrecision(digits))).find(fits);
    if (scale !== undefined) return { kind: "gamma", alpha, scale };
  }
  return undefined;
}
