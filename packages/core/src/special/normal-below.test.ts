import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { kolmogorovSmirnov, normalCdf } from "../../test/statistics.js";
import { createRng } from "../random/create-rng.js";
import { normalBelow } from "./normal-below.js";

test.each([-5, -1, 0, 2, 6])("below %d the draws have the distribution of the truncated normal", (bound) => {
  const draws = normalBelow(tf.fill([20_000], bound), createRng(1).uniform([20_000])).dataSync();
  expect(Math.max(...draws)).toBeLessThanOrEqual(bound);
  expect(kolmogorovSmirnov(draws, (x) => Math.min(1, normalCdf(x) / normalCdf(bound)))).toBeLessThan(1.95);
});

test.each([-9, -30, -1000])(
  "below %d the distance to the bound is exponential, but for a share of 1 / bound^2",
  (bound) => {
    const draws = normalBelow(tf.fill([20_000], bound), createRng(2).uniform([20_000])).dataSync<"float32">();
    expect(draws.every((x) => Number.isFinite(x) && x <= bound)).toBe(true);
    if (bound < -100) return;
    // Of a normal beyond -bound the mean excess is that of the hazard: E x = -hazard.
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const hazard = -bound + 1 / -bound - 2 / (-bound) ** 3;
    expect(Math.abs(mean + hazard)).toBeLessThan((4 * 1.1) / -bound / Math.sqrt(20_000) + 3e-4);
  },
);
