import "../tensorflow.js";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { fitSteps, type Progress } from "./steps.js";
import { normalized, TARGETS } from "./targets.js";

const fit = (family: "igr-sb" | "gumbel-softmax", target: readonly number[], categories: number): Progress[] => [
  ...fitSteps({ family, target, temperature: 0.05, seed: 1, categories }, 60, 20),
];

test.each(["igr-sb", "gumbel-softmax"] as const)(
  "%s comes nearer to the ten-way target, and keeps no tensors",
  (family) => {
    const before = tf.memory().numTensors;
    const progress = fit(family, TARGETS["Ten-way"](), 10);
    expect(progress.map(({ step }) => step)).toEqual([0, 20, 40, 60]);
    expect(progress.at(-1)!.totalVariation).toBeLessThan(progress[0]!.totalVariation - 0.1);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test("what lies beyond the categories of the Gumbel-Softmax counts as missed: P(X >= 20) of Poisson(50) is 1", () => {
  expect(fit("gumbel-softmax", TARGETS["Poisson(50)"](), 20)[0]!.totalVariation).toBeCloseTo(1, 5);
});

test.each(Object.entries(TARGETS))("%s sums to 1 but for its tail", (_, probs) => {
  const total = probs().reduce((sum, p) => sum + p, 0);
  expect(total).toBeGreaterThan(0.999999);
  expect(total).toBeLessThan(1.000002);
});

test("heights that are all 0 are equal probabilities", () => {
  expect(normalized([0, 0])).toEqual([0.5, 0.5]);
  expect(normalized([1, 3])).toEqual([0.25, 0.75]);
});
