import * as tf from "@tensorflow/tfjs-core";
import type { Loss } from "../src/estimators/gradient-estimator.js";

/** `(sum_n z_n . [0 ... 1] / N - 0.45)^2`: for N = 1 and K = 2 the toy of Tucker et al. (2017). `[..., N, K] -> [...]`. */
export function toyLoss(categories: number): Loss {
  return (z) => {
    const position = tf.sum(tf.mul(z, tf.linspace(0, 1, categories)), -1);
    return tf.square(tf.sub(tf.mean(position, -1), 0.45));
  };
}

/** The gradient of `E loss` with respect to logits `[N, K]` in float64, by enumeration of all K^N draws. */
export function exactToyGradient(logits: readonly (readonly number[])[]): number[] {
  const categories = logits[0]!.length;
  const probs = logits.map((row) => {
    const weights = row.map((logit) => Math.exp(logit - Math.max(...row)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
  const gradient = logits.map((row) => row.map(() => 0));
  for (let code = 0; code < categories ** logits.length; code++) {
    const draw = logits.map((_, n) => Math.floor(code / categories ** n) % categories);
    const probability = draw.reduce((product, k, n) => product * probs[n]![k]!, 1);
    const position = draw.reduce((sum, k) => sum + k / (categories - 1), 0) / draw.length;
    for (const [n, k] of draw.entries()) {
      for (let j = 0; j < categories; j++) {
        gradient[n]![j]! += probability * (position - 0.45) ** 2 * ((j === k ? 1 : 0) - probs[n]![j]!);
      }
    }
  }
  return gradient.flat();
}
