import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { meanScore } from "../../test/statistics.js";
import { createRng } from "../random/create-rng.js";
import type { Rng } from "../random/rng.js";
import { Bernoulli } from "./bernoulli.js";

describe("batch of [2, 3], logits", () => {
  distributionLaws(
    () =>
      new Bernoulli({
        logits: tf.tensor2d([
          [0, 1, -2],
          [5, -30, 0.3],
        ]),
      }),
  );
});

describe("batch of [4], probs", () => {
  distributionLaws(() => new Bernoulli({ probs: [0, 0.25, 0.7, 1] }));
});

test.each([-100, -30, -3, 0, 1e-3, 2, 17, 90])("log-probabilities are exact at logits %d, both forms", (logit) => {
  // Float64: log sigmoid.
  const l = Math.fround(logit);
  const logSigmoid = (x: number) => (x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x)));
  const bernoulli = new Bernoulli({ logits: l });
  expect(bernoulli.logProb([1, 0])).toBeAllClose([logSigmoid(l), logSigmoid(-l)], { rtol: 5e-7, atol: 1e-37 });
  const half = 0.5 * (logSigmoid(l) + logSigmoid(-l));
  expect(bernoulli.logProb(0.5)).toBeAllClose(half, { rtol: 5e-7 });
  const p = 1 / (1 + Math.exp(-l));
  expect(bernoulli.entropy()).toBeAllClose(-p * logSigmoid(l) - (1 - p) * logSigmoid(-l), { rtol: 2e-6, atol: 1e-37 });
});

test("probabilities of 0 and 1: the certain value has log-probability 0, the other -Infinity, and nothing is NaN", () => {
  const certain = new Bernoulli({ probs: [0, 1] });
  expect(certain.logProb([0, 1])).toBeAllClose([0, 0], { rtol: 0, atol: 0 });
  expect(certain.logProb([1, 0])).toBeAllClose([-Infinity, -Infinity]);
  expect(certain.entropy()).toBeAllClose([0, 0], { rtol: 0, atol: 0 });
  expect(tf.sum(certain.sample(createRng(1), [100]), 0)).toBeAllClose([0, 100]);
  const gradient = tf.grad((probs: tf.Tensor) => new Bernoulli({ probs }).logProb([0, 1, 1]))(tf.tensor1d([0, 1, 0.5]));
  expect(gradient).toBeAllClose([-1, 1, 2]);
});

test("small probabilities keep their digits", () => {
  expect(new Bernoulli({ probs: 1e-10 }).logProb([0, 1])).toBeAllClose([-1e-10, Math.log(1e-10)], {
    rtol: 1e-6,
    atol: 0,
  });
});

test("rare events are drawn at their rate, below the steps of a float32 uniform", () => {
  // An exponential draw of exp(-18) = 1.5e-8 lies below -log(1 - p) for p = 2e-8 and above it for p = 1e-8.
  const rng: Rng = {
    ...createRng(1),
    gumbel: (shape) => tf.fill(shape.slice(), 18),
    normal: () => tf.scalar(0),
  } as Rng;
  const logits = [2e-8, 1e-8].map((p) => Math.log(p) - Math.log1p(-p));
  expect(new Bernoulli({ logits }).sample(rng)).toBeAllClose([1, 0]);
  expect(new Bernoulli({ probs: [2e-8, 1e-8] }).sample(rng)).toBeAllClose([1, 0]);
  // And 1 - p of the same size, with an exponential draw of exp(2.89) = 18.0.
  const late: Rng = { ...rng, gumbel: (shape) => tf.fill(shape.slice(), -Math.log(18)) };
  expect(new Bernoulli({ logits: [17.9, 18.1] }).sample(late)).toBeAllClose([0, 1]);
});

test("samples are 0 or 1 with the right share", () => {
  const draws = new Bernoulli({ probs: 0.3 }).sample(createRng(3), [50_000]).dataSync();
  expect(new Set(draws)).toEqual(new Set([0, 1]));
  expect(Math.abs(meanScore(draws, 0.3))).toBeLessThan(4);
});

test("mode, cdf and the two forms of the parameter", () => {
  const bernoulli = new Bernoulli({ logits: [-1, 0, 3] });
  expect(bernoulli.mode()).toBeAllClose([0, 0, 1]);
  const probs = [-1, 0, 3].map((l) => 1 / (1 + Math.exp(-l)));
  expect(bernoulli.probs).toBeAllClose(probs);
  expect(new Bernoulli({ probs }).logits).toBeAllClose([-1, 0, 3], { atol: 2e-6 });
  for (const [x, expected] of [
    [-0.1, [0, 0, 0]],
    [0, probs.map((p) => 1 - p)],
    [0.9, probs.map((p) => 1 - p)],
    [1, [1, 1, 1]],
  ] as const) {
    expect(bernoulli.cdf(x)).toBeAllClose(expected);
  }
});

test("logCdf is exact for a rare 0, and -Infinity below it", () => {
  const x = [-1, 0, 0.5, 1];
  const rare = new Bernoulli({ logits: 100 });
  expect(rare.logCdf(x)).toBeAllClose([-Infinity, -100, -100, 0]);
  expect(
    new Bernoulli({ probs: [0.3, 1] }).logCdf([[-1], [0], [1]].map(([v]) => [v as number, v as number])),
  ).toBeAllClose([-Infinity, -Infinity, Math.log(0.7), -Infinity, 0, 0]);
});

test("gradient of logProb with respect to logits is x - probs", () => {
  const gradient = tf.grad((logits: tf.Tensor) => new Bernoulli({ logits }).logProb([0, 1, 0.25, 1, 0]))(
    tf.tensor1d([-40, -1, 0, 2, 90]),
  );
  expect(gradient).toBeAllClose([0, 1 / (1 + Math.exp(-1)), -0.25, 1 - 1 / (1 + Math.exp(-2)), -1], { atol: 1e-7 });
});

test("refuses both forms, neither, and probabilities outside [0, 1]", () => {
  expect(() => new Bernoulli({})).toThrow("Bernoulli: exactly one of logits and probs must be given, got neither");
  expect(() => new Bernoulli({ logits: 0, probs: 0.5 })).toThrow("got both");
  expect(() => new Bernoulli({ probs: [0.5, 1.1] })).toThrow(
    "Bernoulli: probs must be a probability in [0, 1], got 1.1 at index 1",
  );
  expect(() => new Bernoulli({ probs: 0.5, validate: "values" }).logProb([0, 2])).toThrow(
    "Bernoulli.logProb: a value must lie in [0, 1], got 2",
  );
  expect(() => new Bernoulli({ probs: 0.5 }).sample(createRng(1), [], { hard: true })).toThrow(
    "Bernoulli.sample: hard is for relaxed distributions",
  );
});

test("survival and quantile", () => {
  const bernoulli = new Bernoulli({ logits: [0.5, -90] });
  const logOdds = [Math.log(1 / (1 + Math.exp(-0.5))), -90];
  expect(bernoulli.logSurvival([[-1], [0], [0.5], [1]])).toBeAllClose(
    [0, 0, ...logOdds, ...logOdds, -Infinity, -Infinity],
    { rtol: 1e-6 },
  );
  expect(new Bernoulli({ probs: [0.25, 0, 1] }).quantile([[0], [0.75], [0.76], [1]])).toBeAllClose(
    [0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1],
    { rtol: 0, atol: 0 },
  );
  expect(tf.isNaN(bernoulli.quantile([-0.1, Number.NaN])).dataSync()).toEqual(Uint8Array.from([1, 1]));
});

test("numbers outside of [0, 1] have no log-probability: the line of grey values ends there", () => {
  const bit = new Bernoulli({ probs: 0.2 });
  expect(bit.logProb([0, 0.5, 1])).toBeAllClose([Math.log(0.8), Math.log(0.4), Math.log(0.2)], { rtol: 1e-6 });
  expect(() => bit.logProb(-1)).toThrow(new RangeError("Bernoulli.logProb: a value must lie in [0, 1], got -1"));
  expect(() => bit.prob([[0.5], [1.5]])).toThrow("a value must lie in [0, 1], got 1.5");
  expect(bit.cdf([-1, 2])).toBeAllClose([0, 1]);
});
