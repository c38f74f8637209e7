import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng } from "../random/create-rng.js";
import { IGR } from "../relaxations/igr.js";

describe("fewer points of the quadrature", () => {
  const rng = createRng(11);
  const [loc, scale] = tf.tidy(() => [
    tf.keep(tf.mul(3, rng.normal([40, 9]))),
    tf.keep(tf.exp(rng.normal([40, 9]))),
  ]) as [tf.Tensor, tf.Tensor];
  const igr = new IGR({ loc, scale, temperature: 0.5 });
  const largestError = (points: number) => {
    const [exact, fewer] = [igr.discreteLogProbs().dataSync(), igr.discreteLogProbs({ points }).dataSync()];
    return Math.max(...exact.map((value, index) => (value > -15 ? Math.abs((fewer[index] as number) - value) : 0)));
  };

  test("64 give logarithms above -15 to 1e-3, and more give more digits", () => {
    expect(largestError(64)).toBeLessThan(1e-3);
    expect(largestError(64)).toBeGreaterThan(largestError(96));
    expect(igr.discreteProbs({ points: 64 })).toBeAllClose(igr.discreteProbs(), { rtol: 0, atol: 5e-4 });
  });

  test.each([15, 64.5, 2000, Number.NaN])("points of %d are rejected", (points) => {
    expect(() => igr.discreteProbs({ points })).toThrow("points must be an integer from 16 to 1024");
  });
});
