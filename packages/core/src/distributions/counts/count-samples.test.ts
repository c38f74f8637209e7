import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { chiSquareScore } from "../../../test/statistics.js";
import {
  Binomial,
  Categorical,
  type CountDistribution,
  createRng,
  Geometric,
  NegativeBinomial,
  Poisson,
  truncatedPmf,
} from "../../index.js";

describe("samples have their probabilities (chi-square)", () => {
  const cases: Record<string, CountDistribution> = {
    "Poisson(0.8)": new Poisson({ rate: 0.8 }),
    "Poisson(10)": new Poisson({ rate: 10 }),
    "Poisson(50)": new Poisson({ rate: 50 }),
    "Poisson(1000)": new Poisson({ rate: 1000 }),
    "Binomial(12, 0.3)": new Binomial({ totalCount: 12, probs: 0.3 }),
    "Binomial(40, 0.5)": new Binomial({ totalCount: 40, probs: 0.5 }),
    "Binomial(1000, 0.3)": new Binomial({ totalCount: 1000, probs: 0.3 }),
    "Binomial(500, 0.93)": new Binomial({ totalCount: 500, logits: 2.6 }),
    "NegativeBinomial(50, 0.6)": new NegativeBinomial({ totalCount: 50, probs: 0.6 }),
    "NegativeBinomial(0.3, 0.1)": new NegativeBinomial({ totalCount: 0.3, probs: 0.1 }),
    "Geometric(0.05)": new Geometric({ probs: 0.05 }),
    Categorical: new Categorical({ probs: [10, 1, 5, 1, 10, 10, 1, 6, 1, 1].map((v) => v / 46) }),
  };
  test.each(Object.keys(cases))("%s", (name) => {
    const distribution = cases[name]!;
    const draws = 1_000_000;
    const { probs, size } = truncatedPmf(distribution, { tailMass: 1e-9 });
    const counts = new Float64Array(size);
    for (const k of distribution.sample(createRng(`chi-square ${name}`), [draws]).dataSync()) {
      counts[Math.min(k, size - 1)]! += 1;
    }
    // Cells of at least 20 expected draws.
    const [cells, expected] = [[0], [0]];
    for (const [k, p] of probs.dataSync().entries()) {
      if (expected.at(-1)! >= 20) {
        cells.push(0);
        expected.push(0);
      }
      cells[cells.length - 1]! += counts[k]!;
      expected[expected.length - 1]! += p * draws;
    }
    const [last, lastExpected] = [cells.pop()!, expected.pop()!];
    cells[cells.length - 1]! += last;
    expected[expected.length - 1]! += lastExpected;
    expect(Math.abs(chiSquareScore(cells, expected))).toBeLessThan(4);
  });
});

test("draws in pieces are the draws at once", () => {
  const poisson = new Poisson({ rate: [3, 50] });
  const [whole, pieces] = [createRng(5), createRng(5)];
  const first = poisson.sample(pieces, [2]);
  const second = poisson.sample(pieces, [3]);
  expect(tf.concat([first, second], 0)).toBeAllClose(poisson.sample(whole, [5]), { rtol: 0, atol: 0 });
});

test("a sampler by rejection refuses to be traced, one by inversion does not", () => {
  const name = Symbol.for("igr.drawListener");
  const listener = { draw: (_: unknown, __: unknown, shape: number[]) => tf.zeros(shape), fork: () => {} };
  try {
    Object.assign(globalThis, { [name]: listener });
    expect(() => new Poisson({ rate: 2 }).sample(createRng(1))).toThrow(
      "Poisson.sample: takes a number of random draws that depends on their values, which cannot be traced; sample outside of the compiled function and pass the counts, or use distribution.quantile(rng.uniform(shape)), which can",
    );
    expect(new Geometric({ probs: 0.5 }).sample(createRng(1)).shape).toEqual([]);
    expect(new Categorical({ probs: [0.5, 0.5] }).sample(createRng(1)).shape).toEqual([]);
  } finally {
    delete (globalThis as Record<symbol, unknown>)[name];
  }
});
