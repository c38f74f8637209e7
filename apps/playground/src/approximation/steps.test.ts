import "../tensorflow.js";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { fitSteps, type Progress } from "./steps.js";
import { normalized, TARGETS } from "./targets.js";

async function fit(
  family: "igr-sb" | "gumbel-softmax",
  target: readonly number[],
  categories: number,
): Promise<Progress[]> {
  const seen: Progress[] = [];
  const problem = { family, target, temperature: 0.05, seed: 1, categories };
  await fitSteps(problem, { steps: 60, every: 20, report: (progress) => seen.push(progress) });
  return seen;
}

test.each(["igr-sb", "gumbel-softmax"] as const)(
  "%s approaches the ten-way target, and leaks no tensors",
  async (family) => {
    const before = tf.memory().numTensors;
    const progress = await fit(family, TARGETS["Ten-way"](), 10);
    expect(progress.map(({ step }) => step)).toEqual([20, 40, 60]);
    expect(progress.at(-1)!.totalVariation).toBeLessThan(progress[0]!.totalVariation - 0.05);
    expect(progress[0]!.averageK === undefined).toBe(family === "gumbel-softmax");
    expect(tf.memory().numTensors).toBe(before);
  },
);

test("probability beyond the categories of the Gumbel-Softmax counts as missed: P(X >= 20) of Poisson(50) is 1", async () => {
  const [first] = await fit("gumbel-softmax", TARGETS["Poisson(50)"](), 20);
  expect(first!.totalVariation).toBeCloseTo(1, 5);
});

test("a signal ends a fit, and no report follows", async () => {
  const seen: number[] = [];
  const running = new AbortController();
  const report = ({ step }: Progress) => {
    seen.push(step);
    running.abort();
  };
  const problem = { family: "igr-sb", target: [0.5, 0.5], temperature: 0.1, seed: 1, categories: 2 } as const;
  await expect(fitSteps(problem, { steps: 40, every: 10, report, signal: running.signal })).rejects.toThrow();
  expect(seen).toEqual([10]);
});

test.each(Object.entries(TARGETS))("%s sums to 1 except for its tail", (_, probs) => {
  const total = probs().reduce((sum, p) => sum + p, 0);
  expect(total).toBeGreaterThan(0.999999);
  expect(total).toBeLessThan(1.000002);
});

test("if all heights are 0, probabilities are equal", () => {
  expect(normalized([0, 0])).toEqual([0.5, 0.5]);
  expect(normalized([1, 3])).toEqual([0.25, 0.75]);
});
