import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bestMatching } from "./best-matching.js";
import { categoryAccuracy } from "./category-accuracy.js";
import { discreteInformation, gaussianInformation, labelEntropy, mutualInformationGap } from "./mutual-information.js";

/** All injections of `rows` rows into `columns` columns. */
function injections(rows: number, columns: number): number[][] {
  if (rows === 0) return [[]];
  return injections(rows - 1, columns).flatMap((taken) =>
    Array.from({ length: columns }, (_, column) => column)
      .filter((column) => !taken.includes(column))
      .map((column) => [...taken, column]),
  );
}

test("the best matching is that of an exhaustive search", () => {
  const matrices = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 })).chain(([rows, more]) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: rows + more, maxLength: rows + more }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
  fc.assert(
    fc.property(matrices, (gain) => {
      const total = (matching: number[]) => matching.reduce((sum, column, row) => sum + gain[row]![column]!, 0);
      const matching = bestMatching(gain);
      expect(new Set(matching).size).toBe(gain.length);
      const best = Math.max(...injections(gain.length, gain[0]!.length).map(total));
      expect(total(matching)).toBe(best);
    }),
    { seed: 1 },
  );
  expect(() => bestMatching([[1], [2]])).toThrow("bestMatching: gain must be a matrix of finite numbers");
});

describe("categories as a classifier", () => {
  test("the names of categories do not matter", () => {
    const labels = [0, 0, 1, 1, 2, 2];
    expect(categoryAccuracy([7, 7, 0, 0, 3, 3], labels)).toEqual({
      accuracy: 1,
      matching: [7, 0, 3],
      usedCategories: 3,
    });
  });

  test("a category counts for one label, and images of a label without a category are wrong", () => {
    expect(categoryAccuracy([1, 1, 1, 1], [0, 0, 0, 1])).toEqual({
      accuracy: 0.75,
      matching: [1, 0],
      usedCategories: 1,
    });
    expect(categoryAccuracy([0, 0, 0], [0, 1, 2]).matching.filter((category) => category === 0)).toHaveLength(1);
    expect(categoryAccuracy([0, 1, 2, 3], [0, 0, 1, 1]).accuracy).toBe(0.5);
  });
});

test("labels may be arbitrarily large integers >= 0; other numbers are rejected", () => {
  const { accuracy, matching } = categoryAccuracy([2, 2, 0], [70_000, 70_000, 3]);
  expect([accuracy, matching[70_000], matching[3], matching[4]]).toEqual([1, 2, 0, undefined]);
  expect(() => categoryAccuracy([0, -1], [0, 1])).toThrow(
    "categoryAccuracy: categories must be whole numbers >= 0, got -1 at 1",
  );
  expect(() => categoryAccuracy([0, 0.5], [0, 1])).toThrow("categories must be whole numbers >= 0, got 0.5 at 1");
  expect(() => categoryAccuracy([0, 0], [1.5, 1])).toThrow("labels must be whole numbers >= 0, got 1.5 at 0");
});

describe("mutual information with the labels", () => {
  test("of a perfect category is the labels' entropy, of an independent one 0", () => {
    const labels = [0, 0, 0, 1];
    const entropy = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
    expect(labelEntropy(labels)).toBeCloseTo(entropy, 12);
    const perfect = labels.map((label) => (label === 0 ? [0, 1, 0] : [1, 0, 0]));
    expect(discreteInformation(perfect, labels)).toBeCloseTo(entropy, 12);
    expect(
      discreteInformation(
        labels.map(() => [0.2, 0.3, 0.5]),
        labels,
      ),
    ).toBeCloseTo(0, 12);
    // A binary symmetric channel of error 0.1 on a fair bit: log 2 - H(0.1).
    const noisy = [0, 1].map((bit) => (bit === 0 ? [0.9, 0.1] : [0.1, 0.9]));
    const expected = Math.LN2 + 0.1 * Math.log(0.1) + 0.9 * Math.log(0.9);
    expect(discreteInformation(noisy, [0, 1])).toBeCloseTo(expected, 12);
  });

  test("of a Gaussian code agrees with quadrature within 4 standard errors", () => {
    // Label +-1, code N(label, 1): I = h(mixture) - h(N(0, 1)), here by the trapezoidal rule.
    const density = (z: number, m: number) => Math.exp(-((z - m) ** 2) / 2) / Math.sqrt(2 * Math.PI);
    let expected = 0;
    const step = 1e-3;
    for (let z = -9; z <= 9; z += step) {
      const mixture = (density(z, 1) + density(z, -1)) / 2;
      expected += step * (density(z, 1) * Math.log(density(z, 1) / mixture));
    }
    // Deterministic normal quantiles replace draws: 500 for each label.
    const count = 500;
    const draws = Array.from({ length: count }, (_, i) => quantile((i + 0.5) / count));
    const labels = Array.from({ length: 2 * count }, (_, i) => Number(i >= count));
    const loc = labels.map((label) => 2 * label - 1);
    const sample = labels.map((label, i) => 2 * label - 1 + draws[i % count]!);
    const information = gaussianInformation({ loc, scale: labels.map(() => 1), sample }, labels);
    expect(information).toBeCloseTo(expected, 3);
    const none = gaussianInformation(
      { loc: labels.map(() => 0), scale: labels.map(() => 1), sample: draws.concat(draws) },
      labels,
    );
    expect(none).toBeCloseTo(0, 10);
    // Narrow codes far apart: no overflow, and full information about the label.
    const far = { loc: loc.map((m) => 1e3 * m), scale: labels.map(() => 1e-3), sample: loc.map((m) => 1e3 * m) };
    expect(gaussianInformation(far, labels)).toBeCloseTo(Math.LN2, 10);
  });

  test("rejects lists of different lengths", () => {
    expect(() => discreteInformation([[1]], [0, 1])).toThrow(
      "discreteInformation: probs and labels must be lists of one length >= 1, got 1 and 2",
    );
    expect(() => discreteInformation([[1], [0, 1]], [0, 1])).toThrow("rows of one length, got 1 at 0 and 2 at 1");
    expect(() => gaussianInformation({ loc: [0, 0], scale: [1], sample: [0, 0] }, [0, 1])).toThrow(
      "gaussianInformation: scale and labels must be lists of one length >= 1, got 1 and 2",
    );
  });

  test("the gap is between the two most informative variables", () => {
    expect(mutualInformationGap([0.1, 2, 0.5], Math.log(10))).toBeCloseTo(1.5 / Math.log(10), 12);
    expect(() => mutualInformationGap([1], 1)).toThrow("at least 2 variables and 2 labels, got 1 and entropy 1");
  });
});

/** The normal quantile by bisection of a Taylor-summed erf: independent of the library's. */
function quantile(p: number): number {
  const cdf = (x: number) => {
    let term = x;
    let sum = x;
    for (let n = 1; n < 200; n++) {
      term *= (x * x) / (2 * n + 1);
      sum += term;
    }
    return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
  };
  let [low, high] = [-5, 5];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
