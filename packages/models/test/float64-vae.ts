/**
 * The ELBO of a dense VAE in float64 and plain loops, from the paper's equations, as the reference for DiscreteVAE.
 */
export interface DenseLayer {
  /** `[fan in][units]`. */
  readonly kernel: number[][];
  readonly bias: number[];
}

/** ReLU except for the last layer. */
export function dense(layers: readonly DenseLayer[], input: readonly number[]): number[] {
  return layers.reduce<number[]>(
    (h, { kernel, bias }, index) => {
      const y = bias.map((b, unit) => h.reduce((sum, value, i) => sum + value * kernel[i]![unit]!, b));
      return index < layers.length - 1 ? y.map((v) => Math.max(0, v)) : y;
    },
    [...input],
  );
}

export const logSumExp = (values: readonly number[]): number => {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, v) => sum + Math.exp(v - largest), 0));
};

export function bernoulliLogProb(x: readonly number[], logits: readonly number[]): number {
  return x.reduce((sum, pixel, i) => sum + pixel * logits[i]! - logSumExp([0, logits[i]!]), 0);
}

export interface Draw {
  readonly z: number[];
  /** log q(z) - log p(z). */
  readonly logRatio: number;
  /** KL(q || p) if it has a closed form, otherwise `logRatio`. */
  readonly kl: number;
}

/** One variable of eq 16, 17, 19 and 21 from the encoder's 2 (K-1) outputs and K-1 normal draws. */
export function igrDraw(
  outputs: readonly number[],
  eps: readonly number[],
  prior: { readonly loc: readonly number[]; readonly scale: readonly number[] },
  temperature: number,
  delta: number,
): Draw {
  const size = eps.length;
  const loc = outputs.slice(0, size);
  const scale = outputs.slice(size).map(Math.exp);
  const y = eps.map((e, k) => loc[k]! + scale[k]! * e);
  const exponents = [...y.map((v) => v / temperature), Math.log(delta)];
  const logNormalizer = logSumExp(exponents);
  let logRatio = 0;
  let kl = 0;
  for (let k = 0; k < size; k++) {
    const [m0, s0] = [prior.loc[k]!, prior.scale[k]!];
    logRatio += ((y[k]! - m0) / s0) ** 2 / 2 + Math.log(s0) - eps[k]! ** 2 / 2 - Math.log(scale[k]!);
    kl += Math.log(s0 / scale[k]!) + (scale[k]! ** 2 + (loc[k]! - m0) ** 2) / (2 * s0 ** 2) - 0.5;
  }
  return { z: exponents.map((e) => Math.exp(e - logNormalizer)), logRatio, kl };
}

/** log of eq 7 (Maddison et al. 2017, eq 10) at log z; terms that do not depend on the parameters cancel in ratios. */
function concreteLogProb(logZ: readonly number[], logits: readonly number[], temperature: number): number {
  const scores = logits.map((a, k) => a - temperature * logZ[k]!);
  const normalizer = logSumExp(scores);
  const size = logits.length;
  return (
    (size - 1) * Math.log(temperature) +
    scores.reduce((sum, s) => sum + s - normalizer, 0) -
    logZ.reduce((sum, v) => sum + v, 0)
  );
}

/** One Gumbel-Softmax variable from the encoder's K outputs and K Gumbel draws, uniform prior. */
export function gumbelSoftmaxDraw(
  outputs: readonly number[],
  gumbel: readonly number[],
  temperature: number,
  priorTemperature: number,
): Draw {
  const logits = outputs.map((v) => v - logSumExp(outputs));
  const exponents = logits.map((a, k) => (a + gumbel[k]!) / temperature);
  const logNormalizer = logSumExp(exponents);
  const logZ = exponents.map((e) => e - logNormalizer);
  const uniform = logits.map(() => -Math.log(logits.length));
  const logRatio = concreteLogProb(logZ, logits, temperature) - concreteLogProb(logZ, uniform, priorTemperature);
  return { z: logZ.map(Math.exp), logRatio, kl: logRatio };
}
