import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { loadReference } from "../../../test/reference-values.js";
import { Binomial, Geometric, NegativeBinomial, Poisson } from "../../index.js";
import type { CountDistribution } from "./count-distribution.js";

interface Point {
  readonly k: number;
  readonly logProb: number;
  readonly slopes: readonly (number | null)[];
  readonly logCdf?: number;
  readonly logSurvival?: number;
}

interface Case {
  readonly parameters: readonly number[];
  readonly mean: number;
  readonly variance: number;
  readonly points: readonly Point[];
  readonly quantiles: readonly { readonly p: number; readonly k: number }[];
}

const reference = loadReference<Record<string, readonly Case[]>>("counts");

type Value = number | tf.Tensor;

const build: Record<string, (...parameters: Value[]) => CountDistribution> = {
  Poisson: (rate) => new Poisson({ rate: rate as Value }),
  Binomial: (totalCount, probs) => new Binomial({ totalCount: totalCount as Value, probs: probs as Value }),
  NegativeBinomial: (totalCount, probs) =>
    new NegativeBinomial({ totalCount: totalCount as Value, probs: probs as Value }),
  Geometric: (probs) => new Geometric({ probs: probs as Value }),
};

const cases = Object.entries(reference).flatMap(([name, entries]) =>
  entries.map((entry) => ({ name, ...entry, label: `${name}(${entry.parameters.map((v) => +v.toPrecision(4))})` })),
);

describe.each(cases)("$label against scipy", ({ name, parameters, mean, variance, points, quantiles }) => {
  const distribution = build[name]!(...parameters);
  const counts = points.map(({ k }) => k);

  test("log-probabilities to 1e-5 relatively, down to -1e3", () => {
    expect(distribution.logProb(counts)).toBeAllClose(
      points.map(({ logProb }) => logProb),
      { rtol: 1e-5, atol: 1e-37 },
    );
  });

  test("both tails to 1e-5 relatively, down to -1e3", () => {
    const inside = points.filter(({ logCdf }) => logCdf !== undefined);
    const logCdf = distribution.logCdf(inside.map(({ k }) => k)).dataSync();
    const logSurvival = distribution.logSurvival(inside.map(({ k }) => k)).dataSync();
    for (const [index, point] of inside.entries()) {
      const [lower, upper] = [point.logCdf!, point.logSurvival!];
      // A logarithm near 0 is, but for its sign, the other tail itself, whose digits are those of its logarithm's size.
      const tolerance = 1e-5 * Math.max(1, -Math.min(lower, upper));
      const rtol = (log: number) => (log > -0.1 ? tolerance : 1e-5);
      expect(tf.scalar(logCdf[index]!)).toBeAllClose(lower, { rtol: rtol(lower), atol: 1e-37 });
      expect(tf.scalar(logSurvival[index]!)).toBeAllClose(upper, { rtol: rtol(upper), atol: 1e-37 });
    }
  });

  test("gradients of log-probabilities with respect to the parameters", () => {
    for (const [index, parameter] of parameters.entries()) {
      const expected = points.map(({ slopes }) => slopes[index]!);
      if (expected[0] === null) continue;
      const given = tf.fill([counts.length], parameter);
      const slopes = tf.grad((given: tf.Tensor) => {
        const moved = parameters.map((value, other) => (other === index ? given : value));
        return build[name]!(...moved).logProb(counts);
      })(given);
      // The slope is 0 at the mean, where it has the error of its terms.
      const typical = expected.map(Math.abs).sort((a, b) => a - b)[Math.floor(expected.length / 2)]!;
      expect(slopes).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 * typical });
    }
  });

  test("mean, variance, stddev and quantiles", () => {
    expect(distribution.mean()).toBeAllClose(mean, { rtol: 1e-6 });
    expect(distribution.variance()).toBeAllClose(variance, { rtol: 1e-6 });
    expect(distribution.stddev()).toBeAllClose(Math.sqrt(variance), { rtol: 1e-6 });
    expect(distribution.quantile(quantiles.map(({ p }) => p))).toBeAllClose(
      quantiles.map(({ k }) => k),
      { rtol: 0, atol: 0 },
    );
  });
});

test.each([undefined, "1", ["a"], {}])("a value that is no numbers is refused by name: %o", (given) => {
  const message = "a value must be a tensor, a number or an array of numbers, got ";
  expect(() => new Poisson({ rate: 3 }).logProb(given as never)).toThrow(message);
});
