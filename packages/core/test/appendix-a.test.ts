import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Concrete } from "../src/relaxations/concrete.js";
import { ExpConcrete } from "../src/relaxations/exp-concrete.js";
import { fixedRng } from "./fixed-rng.js";

const alpha = [0.3, 1, 2.5, 0.01];
const noises = [
  [0.4, -0.3, 1.2, 0],
  [9, -1, 0.2, 0.1],
  [-1.1, 0.5, -0.5, 14],
];

/** z of eq 6 in float64, with 1 - z_k as a sum of the others: no digit is lost near a vertex. */
function softmax(noise: readonly number[], temperature: number) {
  const scores = alpha.map((a, k) => (Math.log(a) + noise[k]!) / temperature);
  const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = weights.reduce((sum, each) => sum + each, 0);
  const others = weights.map((_, k) => weights.reduce((sum, each, j) => sum + (j === k ? 0 : each), 0) / total);
  return { z: weights.map((each) => each / total), others };
}

/** d (z_k or log z_k) / d alpha, one row for each k: each differentiated by itself, as their sum is constant. */
function jacobian(Family: typeof Concrete | typeof ExpConcrete, noise: number[], temperature: number): number[][] {
  return alpha.map((_, k) => {
    const row = tf.grad((a) => {
      const sample = new Family({ logits: tf.log(a), temperature }).sample(fixedRng([noise]), [1]);
      return tf.sum(tf.slice(sample, [0, k], [-1, 1]));
    })(tf.tensor1d(alpha));
    return Array.from(row.dataSync());
  });
}

describe.each([0.05, 0.25, 0.67, 2])("temperature %d", (temperature) => {
  test.each(noises)("eq 26: d z_k / d alpha_j = z_k (delta_kj - z_j) / (temperature alpha_j), noise %j", (...noise) => {
    const { z, others } = softmax(noise, temperature);
    for (const [k, row] of jacobian(Concrete, noise, temperature).entries()) {
      for (const [j, value] of row.entries()) {
        const expected = (z[k]! * (j === k ? others[k]! : -z[j]!)) / (temperature * alpha[j]!);
        expect(Math.abs(value - expected)).toBeLessThan(
          ((3e-7 * (1 - Math.log(z[k]!))) / (temperature * alpha[j]!)) * z[k]! + 1e-30,
        );
      }
    }
  });

  test.each(noises)("eq 27: d log z_k / d alpha_j = (delta_kj - z_j) / (temperature alpha_j), noise %j", (...noise) => {
    const { z, others } = softmax(noise, temperature);
    for (const [k, row] of jacobian(ExpConcrete, noise, temperature).entries()) {
      for (const [j, value] of row.entries()) {
        const expected = (j === k ? others[k]! : -z[j]!) / (temperature * alpha[j]!);
        expect(Math.abs(value - expected)).toBeLessThan(3e-7 / (temperature * alpha[j]!));
      }
    }
  });
});

test("in log space the gradient vanishes for the winning k alone: eq 27 keeps delta_kj - z_j of the others", () => {
  const [winner, ...losers] = [3, 0, 1, 2].map((k) => jacobian(ExpConcrete, noises[2]!, 0.05)[k]!);
  expect(winner!.every((value) => Math.abs(value) < 1e-10)).toBe(true);
  for (const [index, row] of losers.entries()) {
    expect(row[index]! * 0.05 * alpha[index]!).toBeCloseTo(1, 5);
    expect(row[3]! * 0.05 * alpha[3]!).toBeCloseTo(-1, 5);
  }
});
