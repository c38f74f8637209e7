import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import { RelaxedBernoulli } from "../relaxations/relaxed-bernoulli.js";
import { type MatchTemperatureOptions, matchTemperature } from "./match-temperature.js";
import { vertexProximity, vertexProximityCurve } from "./vertex-proximity.js";

const samples = 4000;

describe("matchTemperature, 75 % within 0.2 of a uniform variable", () => {
  // From 100,000 samples of a numpy program at a grid of temperatures, interpolated: shares 0.767 and 0.751 at 0.15.
  test.each([
    { family: "gumbel-softmax", categories: 10, expected: 0.162 },
    { family: "gumbel-softmax", categories: 50, expected: 0.15 },
    { family: "igr", categories: 10, expected: 0.0972 },
    { family: "igr", categories: 50, expected: 0.0652 },
  ] as const)("$family with K = $categories has it at $expected", ({ family, categories, expected }) => {
    const matched = matchTemperature({ family, categories, rng: createRng(1), samples });
    expect(Math.abs(matched.temperature - expected)).toBeLessThan(4 * matched.standardError + 1e-3);
    expect(Math.abs(matched.share - 0.75)).toBeLessThan(2e-3);
    expect(matched.standardError / matched.temperature).toBeLessThan(0.05);
  });

  test.each([
    { categories: 10, gumbelSoftmax: [0.76, 0.62], igr: 0.74 },
    { categories: 50, gumbelSoftmax: [0.75, 0.6], igr: 0.63 },
  ])("shares with K = $categories at the temperatures of the paper", ({ categories, gumbelSoftmax, igr }) => {
    const shareOf = (distribution: Concrete | IGR) =>
      vertexProximity(distribution, { rng: createRng(3), samples: 10_000 }).dataSync()[0] as number;
    for (const [index, temperature] of [0.15, 0.25].entries()) {
      const share = shareOf(new Concrete({ temperature, logits: tf.zeros([categories]) }));
      expect(Math.abs(share - (gumbelSoftmax[index] as number))).toBeLessThan(0.025);
    }
    const relaxed = new IGR({ loc: tf.zeros([categories - 1]), scale: 1, temperature: 0.1 });
    expect(Math.abs(shareOf(relaxed) - igr)).toBeLessThan(0.02);
  });

  test("K = 2 has a closed form: both coordinates are sigmoids of logistic noise", () => {
    // |log z_1 - log z_2| = |L| / t with logistic L; distance sqrt(2) (1 - z) <= 0.2 at |L| >= t log(z / (1 - z)) where
    // 1 - z = 0.2 / sqrt(2), and P(|L| >= a) = 2 / (1 + e^a).
    const rest = 0.2 / Math.SQRT2;
    const expected = Math.log(2 / 0.75 - 1) / Math.log((1 - rest) / rest);
    const { temperature, standardError } = matchTemperature({
      family: "gumbel-softmax",
      categories: 2,
      rng: createRng(5),
    });
    expect(Math.abs(temperature - expected)).toBeLessThan(4 * standardError);
  });

  test("the standard error is the spread over seeds", () => {
    const found = Array.from({ length: 12 }, (_, seed) =>
      matchTemperature({ family: "gumbel-softmax", categories: 4, rng: createRng(seed), samples: 1000 }),
    );
    const mean = found.reduce((sum, { temperature }) => sum + temperature / 12, 0);
    const spread = Math.sqrt(found.reduce((sum, { temperature }) => sum + (temperature - mean) ** 2 / 11, 0));
    const error = found.reduce((sum, { standardError }) => sum + standardError / 12, 0);
    expect(spread / error).toBeGreaterThan(0.4);
    expect(spread / error).toBeLessThan(2);
  });

  test("for IGR only scale / temperature matters, and a refitted scale gives another temperature", () => {
    const options = { categories: 5, rng: createRng(1), samples };
    const narrow = matchTemperature({ ...options, family: { scale: 0.5, delta: 1 } });
    const wide = matchTemperature({ ...options, family: { scale: 1, delta: 1 } });
    expect(wide.temperature / narrow.temperature).toBeCloseTo(2, 2);
    const refit = { steps: 60, samples: 200, learningRate: 0.1 };
    const refitted = matchTemperature({ ...options, family: { refit }, between: [0.01, 0.5], samples: 2000 });
    expect(refitted.temperature).toBeGreaterThan(0.01);
    expect(Math.abs(refitted.share - 0.75)).toBeLessThan(0.05);
  });

  test.each(["igr-stick-breaking", { transform: "interpolation" }] as const)("of %o", (family) => {
    const { temperature, share } = matchTemperature({ family, categories: 5, rng: createRng(1), samples });
    expect(temperature).toBeGreaterThan(0.01);
    expect(Math.abs(share - 0.75)).toBeLessThan(0.01);
  });

  test("of a function, and nothing stays in memory", () => {
    const logits = tf.tensor1d([2, 0, -1]);
    const before = tf.memory().numTensors;
    const rng = createRng(1);
    const family = (temperature: number) => new Concrete({ temperature, logits });
    const { temperature } = matchTemperature({ family, categories: 3, rng, samples, within: 0.1, fraction: 0.5 });
    expect(tf.memory().numTensors).toBe(before);
    const share = vertexProximity(new Concrete({ temperature, logits }), { rng: createRng(7), samples, within: 0.1 });
    expect(Math.abs((share.dataSync()[0] as number) - 0.5)).toBeLessThan(4 * Math.sqrt(0.5 / samples));
    expect(rng.state()).toEqual(createRng(1).state());
  });

  test.each([
    [{ categories: 1 }, "categories must be a whole number >= 2, got 1"],
    [{ within: 0 }, "within must be a finite number > 0, got 0"],
    [{ fraction: 1 }, "fraction must be a number in (0, 1), got 1"],
    [{ samples: 0.5 }, "samples must be a whole number >= 1, got 0.5"],
    [{ between: [0.5, 0.1] }, "between must be two temperatures > 0 in ascending order, got [0.5, 0.1]"],
    [{ between: [1, 2] }, "between must enclose a temperature with 0.75 of the samples within 0.2, and at 1 there are"],
    [{ family: "softmax" }, "family must be 'gumbel-softmax', 'igr', 'igr-stick-breaking'"],
    [
      { family: () => new RelaxedBernoulli({ temperature: 1, logits: 0 }) },
      "the distribution's events must be vectors [K]",
    ],
    [{ rng: undefined }, "rng must be a generator"],
  ])("refuses %o", (wrong, message) => {
    const options = { family: "igr", categories: 3, rng: createRng(1), samples: 100, ...wrong };
    expect(() => matchTemperature(options as MatchTemperatureOptions)).toThrow(`matchTemperature: ${message}`);
  });
});

describe("vertexProximityCurve", () => {
  const relaxed = new Concrete({ temperature: 0.5, logits: tf.zeros([2, 4]) });

  test("rises to 1, and agrees with vertexProximity", () => {
    const { distances, shares, standardErrors } = vertexProximityCurve(relaxed, { rng: createRng(1) });
    expect(distances.length).toBe(51);
    expect([shares.shape, standardErrors.shape]).toEqual([
      [2, 51],
      [2, 51],
    ]);
    const [first] = shares.arraySync() as number[][];
    expect(first?.every((share, index) => index === 0 || share >= (first[index - 1] as number))).toBe(true);
    expect(first?.at(-1)).toBe(1);
    const at = vertexProximity(relaxed, { rng: createRng(1), within: distances[10] as number });
    expect(at).toBeAllClose(tf.squeeze(tf.slice(shares, [0, 10], [2, 1])), { atol: 0 });
    const p = (first as number[])[10] as number;
    const error = (standardErrors.arraySync() as number[][])[0]?.[10];
    expect(error).toBeCloseTo(Math.sqrt((p * (1 - p)) / 1000), 6);
  });

  test("rejects invalid distances", () => {
    const rng = createRng(1);
    expect(() => vertexProximityCurve(relaxed, { rng, distances: [] })).toThrow("at least 1 number, got []");
    expect(() => vertexProximityCurve(relaxed, { rng, distances: [0.1, -1] })).toThrow(
      "vertexProximityCurve: each of distances must be a number >= 0, got -1",
    );
  });
});

test("onProgress tells how far it is, and a signal aborted in it ends the search", () => {
  const seen: { draws: number; lowest: number; highest: number }[] = [];
  const options = { family: "gs", categories: 3, samples: 50, rng: createRng(1) } as const;
  const { temperature } = matchTemperature({ ...options, onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ draws }) => draws)).toEqual(seen.map((_, index) => index + 1));
  const { lowest, highest } = seen.at(-1)!;
  expect(lowest <= temperature && temperature <= highest && highest / lowest < 1.001).toBe(true);
  expect(temperature).toBe(matchTemperature({ ...options, family: "gumbel-softmax" }).temperature);
  const controller = new AbortController();
  const onProgress = ({ draws }: { draws: number }) => draws === 3 && controller.abort(new Error("enough"));
  expect(() => matchTemperature({ ...options, onProgress, signal: controller.signal })).toThrow("enough");
});
