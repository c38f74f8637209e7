import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng } from "../random/create-rng.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";
import { cutStickBreakingMap } from "./cut-sticks-map.js";
import { fitPrior } from "./fit-prior.js";
import { priorObjective } from "./prior-objective.js";

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

test("the objective is that of samples of InfiniteIGR", () => {
  const [cap, samples, temperature, delta, rho] = [6, 400, 0.3, 0.2, 0.8];
  const cut = new InfiniteIGR({ loc: tf.zeros([cap]), scale: 1.5, temperature, delta, rho, onCap: "ignore" });
  const { value, preImage } = cut.sampleWithPreImage(createRng(4), [samples]);
  const target = [0.3, 0.2, 0.2, 0.1, 0.1, 0.1];
  const expected = values(tf.mean(value, 0))
    .slice(0, cap)
    .reduce((sum, mean, k) => sum + (mean - (target[k] as number)) ** 2, 0);
  const y = Float64Array.from(values(preImage));
  const map = cutStickBreakingMap(cap, temperature, delta, rho);
  const loss = map.lossAndSlopes(y, samples, priorObjective("mean", target), new Float64Array(y.length), y);
  expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-5);
});

describe("the slopes by loc and log scale agree with quadrature, jump included", () => {
  // Two sticks, the second of which is cut off where y_1 > log(rho / (1 - rho)).
  const [temperature, delta, rho] = [0.5, 0.1, 0.6];
  const jump = Math.log(rho / (1 - rho));
  const target = [0.7, 0.3];
  const parameters = [0.3, -0.4, Math.log(0.8), Math.log(1.3)];

  const z = (y: readonly number[]): number[] => {
    const [u1, u2] = y.map((value) => 1 / (1 + Math.exp(-value))) as [number, number];
    const second = (y[0] as number) > jump ? 0 : Math.exp((u2 * (1 - u1)) / temperature);
    const weights = [Math.exp(u1 / temperature), second, delta];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  // Midpoints of cells with an edge at the jump: the points stay, their densities move.
  const step = 0.2;
  const grid = Array.from({ length: 60 }, (_, i) => jump + step * (i - 30 + 0.5));
  const points = grid.flatMap((y1) => grid.map((y2) => ({ y: [y1, y2], z: z([y1, y2]) })));
  const weightsAt = (at: readonly number[]) =>
    points.map(({ y }) =>
      y.reduce((density, value, k) => {
        const scale = Math.exp(at[2 + k] as number);
        const noise = (value - (at[k] as number)) / scale;
        return (density * step * Math.exp(-(noise ** 2) / 2)) / (scale * Math.sqrt(2 * Math.PI));
      }, 1),
    );
  const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((v, k) => v - (b[k] as number)));
  const vertices = [0, 1].map((k) => [0, 1, 2].map((j) => (j === k ? 1 : 0)));
  const exact: Record<"mean" | "kl" | "literal" | "energy", (at: readonly number[]) => number> = {
    mean: (at) => target.reduce((sum, p, k) => sum + ((meanAt(at)[k] as number) - p) ** 2, 0),
    kl: (at) => {
      const mean = meanAt(at).slice(0, 2);
      const total = mean.reduce((sum, m) => sum + m, 0);
      return mean.reduce((sum, m, k) => sum + (m / total) * Math.log(m / total / (target[k] as number)), 0);
    },
    literal: (at) =>
      weightsAt(at).reduce(
        (sum, w, i) => sum + w * target.reduce((s, p, k) => s + ((points[i]?.z[k] as number) - p) ** 2, 0),
        0,
      ),
    energy: (at) => {
      const weights = weightsAt(at);
      const near = points.map(({ z }, i) => ({ z, w: weights[i] as number })).filter(({ w }) => w > 1e-6);
      let sum = 0;
      for (const a of near) {
        sum += 2 * a.w * target.reduce((s, p, k) => s + p * distance(a.z, vertices[k] as number[]), 0);
        for (const b of near) sum -= a.w * b.w * distance(a.z, b.z);
      }
      return sum;
    },
  };
  const meanAt = (at: readonly number[]) => {
    const weights = weightsAt(at);
    return [0, 1, 2].map((k) => points.reduce((sum, { z }, i) => sum + (weights[i] as number) * (z[k] as number), 0));
  };

  test.each(["mean", "kl", "literal", "energy"] as const)("'%s'", (name) => {
    const samples = 100_000;
    const noise = Float64Array.from(values(createRng(7).normal([samples, 2])));
    const [loc, scale] = [parameters.slice(0, 2), parameters.slice(2).map(Math.exp)];
    const y = noise.map((eps, i) => (loc[i % 2] as number) + (scale[i % 2] as number) * eps);
    const scores = noise.map((eps, i) => eps / (scale[i % 2] as number));
    const slopes = new Float64Array(y.length);
    const map = cutStickBreakingMap(2, temperature, delta, rho);
    map.lossAndSlopes(y, samples, priorObjective(name, target), slopes, scores);
    for (const index of [0, 1, 2, 3]) {
      const each = Array.from({ length: samples }, (_, s) => {
        const at = 2 * s + (index % 2);
        const slope = slopes[at] as number;
        return samples * (index < 2 ? slope : slope * (noise[at] as number) * (scale[index % 2] as number));
      });
      const mean = each.reduce((sum, value) => sum + value, 0) / samples;
      const variance = each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / samples;
      const h = 1e-3;
      const moved = (by: number) => parameters.map((value, k) => (k === index ? value + by : value));
      const expected = (exact[name](moved(h)) - exact[name](moved(-h))) / (2 * h);
      expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(variance / samples) + 2e-4);
    }
  });
});

describe("fitPrior through the cut", () => {
  const wanted = (cap: number, count: number) => Array.from({ length: cap }, (_, k) => (k < count ? 1 / count : 0));
  const settings = { transform: "stick-breaking", temperature: 0.5, scale: 1, learningRate: 0.05 } as const;
  const options = { ...settings, steps: 400, samples: 500, target: wanted(30, 6) };

  test("of 30 sticks the six that the target wants have equal means, win alike, and are kept", () => {
    const prior = fitPrior({ ...options, rho: 0.99, rng: createRng(1) });
    // Measured by other code than the fit's.
    const { loc, scale } = prior;
    const cut = new InfiniteIGR({ loc, scale, temperature: 0.5, rho: 0.99, onCap: "ignore" });
    const { value, effectiveK } = cut.sampleWithPreImage(createRng(11), [20_000]);
    expect(tf.slice(tf.mean(value, 0), 0, 30)).toBeAllClose(options.target, { rtol: 0, atol: 0.012 });
    expect(tf.slice(cut.discreteProbs(), 0, 6)).toBeAllClose(wanted(6, 6), { rtol: 0, atol: 0.04 });
    expect(values(tf.mean(effectiveK))[0]).toBeCloseTo(6, 0);
    expect(prior.keptCategories).toBeAllClose(tf.mean(effectiveK), { atol: 0.1 });
    expect(prior.mean).toBeAllClose(tf.mean(value, 0), { rtol: 0, atol: 0.01 });
  });

  test("the default steps reach the last of twenty categories", () => {
    const prior = fitPrior({
      transform: "stick-breaking",
      temperature: 0.1,
      scale: 1,
      target: wanted(50, 20),
      rho: 0.99,
      samples: 300,
      rng: createRng(1),
    });
    expect(tf.slice(prior.argmaxProbs, 0, 20)).toBeAllClose(wanted(20, 20), { rtol: 0, atol: 0.015 });
    expect(prior.keptCategories).toBeAllClose(tf.scalar(20), { atol: 1 });
  });

  test("which eq 24 without a cut, cut afterwards, doesn't give", () => {
    const { loc, scale, keptCategories } = fitPrior({ ...options, rng: createRng(1) });
    const cut = new InfiniteIGR({ loc, scale, temperature: 0.5, rho: 0.99, onCap: "ignore" });
    const mean = values(tf.mean(cut.sample(createRng(11), [5000]), 0));
    expect(Math.max(...mean.slice(0, 6).map((value) => Math.abs(value - 1 / 6)))).toBeGreaterThan(0.03);
    expect(keptCategories).toBeUndefined();
  });

  test("'probs' of sticks whose longest is always kept", () => {
    const target = [0.4, 0.3, 0.2, 0.1];
    const prior = fitPrior({ ...settings, objective: "probs", target, rho: 0.9, rng: createRng(1) });
    expect(tf.slice(prior.argmaxProbs, 0, 4)).toBeAllClose(target, { rtol: 0, atol: 0.025 });
  });

  test.each([
    [{ rho: 1 }, "fitPrior: rho must be"],
    [{ rho: 0.9, transform: "softmax++" }, "fitPrior: rho needs the transform 'stick-breaking'"],
    [{ rho: 0.9, objective: "probs", target: wanted(30, 30) }, "needs rho >= 30 / 31"],
  ] as const)("refuses %o", (wrong, message) => {
    expect(() => fitPrior({ ...options, ...wrong, rng: createRng(1) })).toThrow(message);
  });
});
