import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { onForeignBackend } from "../../../tensors/test/foreign-backend.js";
import { createRng } from "../random/create-rng.js";
import { IGR } from "../relaxations/igr.js";

const variables = 200;
const weights = tf.keep(tf.range(1, 6));

/** Means and deviations from 0.02 to 50, and results and gradients of loc, scale, temperature and delta. */
function results(method: "discreteProbs" | "discreteLogProbs"): number[][] {
  return tf.tidy(() => {
    const rng = createRng(3);
    const loc = tf.mul(3, rng.normal([variables, 4]));
    const scale = tf.exp(tf.mul(2, rng.normal([variables, 4])));
    const parameters = [loc, scale, tf.fill([variables], 0.5), tf.fill([variables], 0.1)];
    const f = (loc: tf.Tensor, scale: tf.Tensor, temperature: tf.Tensor, delta: tf.Tensor) => {
      const probs = new IGR({ loc, scale, temperature, delta })[method]();
      // Frequent categories only: a logarithm of -1000 has few digits in either form.
      return tf.sum(tf.mul(weights, method === "discreteProbs" ? probs : tf.maximum(probs, -20)));
    };
    const value = new IGR({ loc, scale, temperature: 0.5, delta: 0.1 })[method]();
    return [value, ...tf.grads(f as never)(parameters)].map((each) => [...each.dataSync()]);
  });
}

describe("probabilities by a loop and by kernels agree", () => {
  test.each(["discreteProbs", "discreteLogProbs"] as const)("%s, with gradients", (method) => {
    const [loop, kernels] = [results(method), onForeignBackend(() => results(method))];
    for (const [k, numbers] of loop.entries()) {
      const size = Math.max(1, ...numbers.map(Math.abs).filter((each) => each < 50));
      for (const [index, value] of numbers.entries()) {
        const other = kernels[k]?.[index] as number;
        if (method === "discreteLogProbs" && k === 0 && other < -50) expect(value).toBeLessThan(-49);
        else expect(Math.abs(value - other) / Math.max(size, Math.abs(other))).toBeLessThan(2e-4);
      }
    }
  });

  test("hundreds of categories, of which most never win", () => {
    const igr = () => new IGR({ loc: tf.range(-250, 50), scale: 0.3, temperature: 0.5 }).discreteLogProbs().dataSync();
    const [loop, kernels] = [igr(), onForeignBackend(igr)];
    expect(loop.every(Number.isFinite)).toBe(true);
    expect(loop[299]).toBeCloseTo(kernels[299] as number, 5);
    expect(loop[298]).toBeCloseTo(kernels[298] as number, 4);
  });
});
