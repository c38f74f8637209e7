import * as tf from "@tensorflow/tfjs-core";

/** Numbers that a random op of tfjs drew: `shift + scale * z` of standard draws z. */
export interface AffineDraw {
  readonly kind: "normal" | "uniform";
  readonly shift: number;
  readonly scale: number;
}

/** Rounding of float32, times four. */
const TOLERANCE = 4 * 2 ** -24;

/** Numbers of so many digits are taken for what was meant. */
const DIGITS = [1, 2, 3, 4, 5, 6, 7];

/**
 * Finds the parameters of tf.randomNormal(shape, mean, stdDev) or tf.randomUniform(shape, low, high), which no interface tells,
 * from the numbers that it drew: those of the standard op with the same seed are known. Undefined for fewer than two numbers.
 */
export function affineDraw(kind: AffineDraw["kind"], values: Float32Array, seed: number): AffineDraw | undefined {
  const { length } = values;
  if (length < 2) return undefined;
  const standard = tf.tidy(() =>
    kind === "normal"
      ? tf.randomNormal([length], 0, 1, "float32", seed).dataSync<"float32">()
      : tf.randomUniform([length], 0, 1, "float32", seed).dataSync<"float32">(),
  );
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

function agrees({ shift, scale }: Omit<AffineDraw, "kind">, standard: Float32Array, values: Float32Array): boolean {
  return standard.every((z, i) => {
    const error = Math.abs(values[i]! - (shift + scale * z));
    return error <= TOLERANCE * (Math.abs(shift) + Math.abs(scale * z) + Math.abs(scale));
  });
}
