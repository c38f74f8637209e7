import { unknownChoice } from "@igr/tensors";
/** Objective of {@link fitPrior}. */
export type PriorObjective = "mean" | "kl" | "literal" | "energy" | "probs";

/** The objectives that are functions of samples. */
export type SampleObjective = Exclude<PriorObjective, "probs">;

/**
 * The loss of `samples` points z of `categories` coordinates, one after another; its derivative with respect to each
 * coordinate goes to `slopes`. Only the target's categories count: a remainder beyond them is ignored.
 *
 * `influences`, if given, receives a number for each sample: the derivative of the loss with respect to that sample's
 * weight, up to a constant. The likelihood ratio multiplies it by the score.
 */
export type Objective = (
  z: Float64Array,
  samples: number,
  categories: number,
  slopes: Float64Array,
  influences?: Float64Array,
) => number;

/** @throws TypeError for an unknown name; RangeError for `'kl'` if a probability is 0. */
export function priorObjective(name: SampleObjective, target: readonly number[]): Objective {
  switch (name) {
    case "mean":
      return ofMean(target.length, (mean, slope) => {
        let loss = 0;
        for (const [k, probability] of target.entries()) {
          const difference = (mean[k] as number) - probability;
          slope[k] = 2 * difference;
          loss += difference ** 2;
        }
        return loss;
      });
    case "kl":
      checkAllPositive("kl", target);
      return ofMean(target.length, (mean, slope) => divergence(mean, target, slope));
    case "literal":
      return literal(target);
    case "energy":
      return energy(target);
    default:
      throw unknownChoice("fitPrior", "objective", name, "'mean', 'kl', 'literal', 'energy' or 'probs'");
  }
}

/** @throws RangeError if a probability is 0. */
export function checkAllPositive(objective: PriorObjective, target: readonly number[]): void {
  if (target.some((probability) => probability === 0)) {
    throw new RangeError(
      `fitPrior: objective '${objective}' needs a target whose probabilities are all > 0, got [${target.join(", ")}]`,
    );
  }
}

/** An objective of the mean of z alone: every sample has the same slope. `f` writes the derivatives and returns the loss. */
function ofMean(size: number, f: (mean: Float64Array, slope: Float64Array) => number): Objective {
  const mean = new Float64Array(size);
  const slope = new Float64Array(size);
  return (z, samples, categories, slopes, influences) => {
    mean.fill(0);
    for (let start = 0; start < samples * categories; start += categories) {
      for (let k = 0; k < size; k++) mean[k] = (mean[k] as number) + (z[start + k] as number);
    }
    for (let k = 0; k < size; k++) mean[k] = (mean[k] as number) / samples;
    const loss = f(mean, slope);
    for (let k = 0; k < size; k++) {
      const ofEach = (slope[k] as number) / samples;
      for (let index = k; index < samples * categories; index += categories) slopes[index] = ofEach;
    }
    if (influences) {
      for (let sample = 0; sample < samples; sample++) {
        let influence = 0;
        for (let k = 0; k < size; k++) influence += (slope[k] as number) * (z[sample * categories + k] as number);
        influences[sample] = influence / samples;
      }
    }
    return loss;
  };
}

/** KL(m || p) of the mean normalized over the target's categories. */
function divergence(mean: Float64Array, target: readonly number[], slope: Float64Array): number {
  // The mean of a category that every sample misses may be 0 even in float64.
  const floored = mean.map((value) => Math.max(value, 1e-300));
  const total = floored.reduce((sum, value) => sum + value, 0);
  const logRatios = floored.map((value, k) => Math.log(value / total / (target[k] as number)));
  const loss = logRatios.reduce((sum, logRatio, k) => sum + ((floored[k] as number) / total) * logRatio, 0);
  slope.set(logRatios.map((logRatio) => (logRatio - loss) / total));
  return loss;
}

function literal(target: readonly number[]): Objective {
  return (z, samples, categories, slopes, influences) => {
    let loss = 0;
    for (let sample = 0; sample < samples; sample++) {
      const start = sample * categories;
      let share = 0;
      for (let k = 0; k < target.length; k++) {
        const difference = (z[start + k] as number) - (target[k] as number);
        slopes[start + k] = (2 * difference) / samples;
        share += difference ** 2 / samples;
      }
      loss += share;
      if (influences) influences[sample] = share;
    }
    return loss;
  };
}

/**
 * `2 E|z - e_X| - E|z - z'| - E|e_X - e_X'|` with z, z' samples and e_X, e_X' vertices that the target draws, from each
 * sample and the next one.
 */
function energy(target: readonly number[]): Objective {
  const withinTarget = Math.SQRT2 * (1 - target.reduce((sum, probability) => sum + probability ** 2, 0));
  return (z, samples, categories, slopes, influences) => {
    slopes.fill(0);
    influences?.fill(0);
    let loss = -withinTarget;
    for (let sample = 0; sample < samples; sample++) {
      const at = sample * categories;
      const next = (sample + 1) % samples;
      const pull = pullToVertices(z, at, categories, target, 2 / samples, slopes);
      const push = pushApart(z, at, next * categories, categories, 1 / samples, slopes);
      loss += pull - push;
      if (influences) {
        influences[sample] = (influences[sample] as number) + pull - push;
        influences[next] = (influences[next] as number) - push;
      }
    }
    return loss;
  };
}

/** `weight * sum_k p_k |z - e_k|`; its derivative is added to `slopes`. */
function pullToVertices(
  z: Float64Array,
  at: number,
  categories: number,
  target: readonly number[],
  weight: number,
  slopes: Float64Array,
): number {
  let square = 0;
  for (let k = 0; k < categories; k++) square += (z[at + k] as number) ** 2;
  let [loss, pull] = [0, 0];
  for (const [k, probability] of target.entries()) {
    const distance = Math.sqrt(Math.max(0, square - 2 * (z[at + k] as number) + 1));
    loss += weight * probability * distance;
    if (distance > 0) {
      const share = (weight * probability) / distance;
      pull += share;
      slopes[at + k] = (slopes[at + k] as number) - share;
    }
  }
  for (let k = 0; k < categories; k++) slopes[at + k] = (slopes[at + k] as number) + pull * (z[at + k] as number);
  return loss;
}

/** `weight * |z - z'|`; minus its derivative is added to `slopes`. */
function pushApart(
  z: Float64Array,
  at: number,
  other: number,
  categories: number,
  weight: number,
  slopes: Float64Array,
): number {
  let square = 0;
  for (let k = 0; k < categories; k++) square += ((z[at + k] as number) - (z[other + k] as number)) ** 2;
  const distance = Math.sqrt(square);
  for (let k = 0; distance > 0 && k < categories; k++) {
    const slope = (weight * ((z[at + k] as number) - (z[other + k] as number))) / distance;
    slopes[at + k] = (slopes[at + k] as number) - slope;
    slopes[other + k] = (slopes[other + k] as number) + slope;
  }
  return weight * distance;
}
