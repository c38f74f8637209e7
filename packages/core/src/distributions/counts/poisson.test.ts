import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng, Deterministic, klDivergence, Poisson, truncatedPmf } from "../../index.js";

const slope = (f: (rate: tf.Tensor) => tf.Tensor, rate: number) => tf.grad(f)(tf.scalar(rate));

describe.each([0, tf.scalar(0), tf.scalar(0, "int32")])(
  "a rate of 0, %#, makes a count that is 0 for certain",
  (rate) => {
    const none = new Poisson({ rate });

    test("density, tails and quantiles", () => {
      expect(none.logProb([0, 1, 7, -1])).toBeAllClose([0, -Infinity, -Infinity, -Infinity]);
      expect(none.prob([0, 1])).toBeAllClose([1, 0]);
      expect(none.cdf([-1, 0, 3])).toBeAllClose([0, 1, 1]);
      expect(none.logSurvival([-1, 0, 3])).toBeAllClose([0, -Infinity, -Infinity]);
      expect(none.quantile([0, 0.5, 1])).toBeAllClose([0, 0, 0]);
    });

    test("moments and draws", () => {
      for (const statistic of [none.mean(), none.mode(), none.variance(), none.stddev()]) {
        expect(statistic).toBeAllClose(0);
      }
      expect(none.sample(createRng(1), [4])).toBeAllClose([0, 0, 0, 0]);
      expect(truncatedPmf(none).probs).toBeAllClose([1]);
    });

    test("divergences: from it the other rate, to it Infinity, and 0 from its own kind", () => {
      expect(klDivergence(none, new Poisson({ rate: 2 }))).toBeAllClose(2);
      expect(klDivergence(new Poisson({ rate: 2 }), none)).toBeAllClose(Infinity);
      expect(klDivergence(none, new Poisson({ rate: 0 }))).toBeAllClose(0);
      expect(klDivergence(new Deterministic({ loc: [0, 1] }), none)).toBeAllClose([0, Infinity]);
    });
  },
);

test("slopes in the rate have their limits at 0: k / rate - 1 of the log-probability", () => {
  expect(slope((rate) => new Poisson({ rate }).logProb(0), 0)).toBeAllClose(-1);
  expect(slope((rate) => new Poisson({ rate }).logProb(2), 0)).toBeAllClose(Infinity);
  expect(slope((rate) => new Poisson({ rate }).logCdf(0), 0)).toBeAllClose(-1, { rtol: 1e-6 });
  expect(slope((rate) => new Poisson({ rate }).logCdf(2), 0)).toBeAllClose(0);
  expect(slope((rate) => new Poisson({ rate }).mean(), 0)).toBeAllClose(1);
  expect(slope((rate) => klDivergence(new Poisson({ rate: 0 }), new Poisson({ rate })), 0)).toBeAllClose(1);
});

test("slopes in the rate and in its logarithm agree above 0", () => {
  for (const k of [0, 1, 5, 40]) {
    for (const method of ["logProb", "logCdf", "logSurvival"] as const) {
      const ofRate = slope((rate) => new Poisson({ rate })[method](k), 3);
      const ofLog = slope((logRate) => new Poisson({ logRate })[method](k), Math.log(3));
      expect(tf.div(ofLog, 3), `${method}(${k})`).toBeAllClose(ofRate, { rtol: 1e-4, atol: 1e-6 });
    }
  }
  const q = new Poisson({ rate: 5 });
  const ofRate = slope((rate) => klDivergence(q, new Poisson({ rate })), 3);
  expect(ofRate).toBeAllClose(1 - 5 / 3, { rtol: 1e-6 });
});
