import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { fixedRng } from "../../test/fixed-rng.js";
import { reference } from "../../test/relaxed-reference.js";
import { normalCdf } from "../../test/statistics.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { BinaryIGR } from "./binary-igr.js";
import { Concrete } from "./concrete.js";
import { IGR } from "./igr.js";
import { LogitRelaxedBernoulli } from "./logit-relaxed-bernoulli.js";
import { RelaxedBernoulli } from "./relaxed-bernoulli.js";

const infinity = Number.POSITIVE_INFINITY;

describe.each([
  ["RelaxedBernoulli", () => new RelaxedBernoulli({ temperature: 0.9, logits: [-1, 0, 1] })],
  ["LogitRelaxedBernoulli", () => new LogitRelaxedBernoulli({ temperature: 0.9, probs: [0.2, 0.7] })],
  ["BinaryIGR", () => new BinaryIGR({ loc: [[-0.5], [0.5]], scale: [1, 0.5], temperature: 0.8 })],
] as const)("%s", (_name, build) => {
  distributionLaws(build);
});

describe.each(reference.bernoulliLogProbs)("at temperature $temperature, logits $logits", (given) => {
  const { temperature, logits, logit, logProb } = given;

  test("LogitRelaxedBernoulli.logProb is PyTorch's in float64", () => {
    const actual = new LogitRelaxedBernoulli({ temperature, logits }).logProb(logit);
    expect(actual).toBeAllClose(logProb, { rtol: 1e-5, atol: 2e-5 });
  });

  test("RelaxedBernoulli.logProbFromLogit differs by log z + log(1 - z)", () => {
    const expected = logProb.map(
      (value, k) => value + Math.abs(logit[k]!) + 2 * Math.log1p(Math.exp(-Math.abs(logit[k]!))),
    );
    const actual = new RelaxedBernoulli({ temperature, logits }).logProbFromLogit(logit);
    expect(actual).toBeAllClose(expected, { rtol: 1e-5, atol: 2e-5 });
  });
});

test("RelaxedBernoulli is the first coordinate of a Concrete of two categories, BinaryIGR of an IGR with delta 1", () => {
  const z = [0.1, 0.5, 0.8];
  const both = z.map((value) => [value, 1 - value]);
  const [bit, pair] = [
    new RelaxedBernoulli({ temperature: 0.6, logits: 0.7 }),
    new Concrete({ temperature: 0.6, logits: [1, 0.3] }),
  ];
  expect(bit.logProb(z)).toBeAllClose(pair.logProb(both), { rtol: 1e-5, atol: 1e-5 });
  const [binary, igr] = [
    new BinaryIGR({ loc: 0.4, scale: 0.9, temperature: 0.5 }),
    new IGR({ loc: [0.4], scale: [0.9], temperature: 0.5, delta: 1 }),
  ];
  expect(binary.logProb(z)).toBeAllClose(igr.logProb(both), { rtol: 1e-5, atol: 1e-5 });
  const noise = [0.3];
  expect(binary.sample(fixedRng(noise), [1])).toBeAllClose(tf.slice(igr.sample(fixedRng(noise)), [0], [1]), {
    rtol: 1e-6,
  });
});

test("at temperature 0.01 and logits or locs of +-80 draws, densities and gradients are finite", () => {
  const extremes = tf.tensor1d([80, -80]);
  const noise = [0.7, -0.4];
  for (const stickTheLanding of [false, true]) {
    const slopes = tf.grads((a: tf.Tensor, b: tf.Tensor) => {
      const bit = new RelaxedBernoulli({ temperature: 0.01, logits: a });
      const igr = new BinaryIGR({ loc: b, scale: 0.5, temperature: 0.01 });
      const [fromBit, fromIgr] = [bit, igr].map((each) =>
        each.sampleLogAndLogProb(fixedRng(noise), [], { stickTheLanding }),
      ) as [{ value: tf.Tensor; logProb: tf.Tensor }, { value: tf.Tensor; logProb: tf.Tensor }];
      return tf.sum(tf.addN([fromBit.value, fromBit.logProb, fromIgr.value, fromIgr.logProb]));
    })([extremes, extremes]);
    expect(slopes.flatMap((slope) => [...slope.dataSync()]).every(Number.isFinite)).toBe(true);
  }
  // The two equal Gumbel draws of the fixed generator cancel: the log-odds are logits / temperature.
  const { value, logProb } = new RelaxedBernoulli({ temperature: 0.01, logits: extremes }).sampleLogAndLogProb(
    fixedRng(noise),
  );
  expect(value).toBeAllClose([8000, -8000], { rtol: 1e-6 });
  const expected = Math.log(0.01) - 2 * Math.log(2) + 8000;
  expect(logProb).toBeAllClose([expected, expected], { rtol: 1e-6 });
});

test.each([
  { temperature: 0.5, expected: [infinity, infinity] },
  { temperature: 2, expected: [-infinity, -infinity] },
  { temperature: 1, expected: [-0.7, 0.7] },
])("RelaxedBernoulli.logProb at 0 and 1 is the limit at temperature $temperature", ({ temperature, expected }) => {
  const bit = new RelaxedBernoulli({ temperature, logits: 0.7 });
  expect(bit.logProb([0, 1])).toBeAllClose(expected);
  expect(() => new RelaxedBernoulli({ temperature, logits: 0.7, validate: "values" }).logProb([1])).toThrow(
    "RelaxedBernoulli.logProb: a value must lie in (0, 1), got 1",
  );
  if (temperature === 1) expect(bit.logProb([1e-7, 1 - 2 ** -23])).toBeAllClose(expected, { atol: 1e-5 });
});

test("the moments of LogitRelaxedBernoulli are those of its log-odds, a logistic", () => {
  const bit = new LogitRelaxedBernoulli({ temperature: 0.4, logits: [-1, 2] });
  expect(bit.mean()).toBeAllClose([-2.5, 5]);
  expect(bit.mode()).toBeAllClose([-2.5, 5]);
  expect(bit.stddev()).toBeAllClose([2.5, 2.5].map((scale) => (scale * Math.PI) / Math.sqrt(3)));
  expect(bit.entropy()).toBeAllClose([2 + Math.log(2.5), 2 + Math.log(2.5)]);
  expect(bit.cdf([-2.5, 5])).toBeAllClose([0.5, 0.5]);
  expect(bit.quantile([0.5, 0.5])).toBeAllClose([-2.5, 5]);
});

describe.each([
  ["RelaxedBernoulli", new RelaxedBernoulli({ temperature: 0.4, logits: [-1, 2] })],
  ["BinaryIGR", new BinaryIGR({ loc: [-0.4, 0.8], scale: 0.7, temperature: 0.4 })],
] as const)("the cdf of %s", (_name, bit) => {
  test("is the integral of the density, 0 and 1 at the ends, and quantile inverts it", () => {
    const [from, to, cells] = [0.2, 0.9, 2000];
    const middles = tf.add(from, tf.mul((to - from) / cells, tf.add(0.5, tf.range(0, cells))));
    const mass = tf.mul(to - from, tf.mean(tf.exp(bit.logProb(tf.expandDims(middles, 1))), 0));
    expect(tf.sub(bit.cdf([to, to]), bit.cdf([from, from]))).toBeAllClose(mass, { rtol: 1e-4 });
    expect(bit.cdf([[0], [1]].map(([z]) => [z as number, z as number]))).toBeAllClose([0, 0, 1, 1]);
    expect(bit.cdf(bit.quantile([0.1, 0.8]))).toBeAllClose([0.1, 0.8], { rtol: 1e-5 });
  });
});

test("BinaryIGR.logProb at 0 and 1 is -Infinity", () => {
  expect(new BinaryIGR({ loc: 0, scale: 1, temperature: 0.5 }).logProb([0, 1])).toBeAllClose([-infinity, -infinity]);
});

test("outside of [0, 1] a log-density is -Infinity, with no slope; a NaN stays one", () => {
  for (const bit of [
    new RelaxedBernoulli({ temperature: 0.5, probs: tf.scalar(0.3) }),
    new RelaxedBernoulli({ temperature: 2, probs: 1 }),
    new BinaryIGR({ temperature: 1, loc: 0, scale: 1 }),
  ]) {
    const outside = tf.tensor1d([-Infinity, -0.2, 1.5, Infinity]);
    expect(bit.logProb(outside)).toBeAllClose([-Infinity, -Infinity, -Infinity, -Infinity]);
    expect(tf.grad((z) => bit.logProb(z))(outside)).toBeAllClose([0, 0, 0, 0]);
    expect(bit.logProb(Number.NaN).dataSync()[0]).toBeNaN();
  }
});

test("hard draws are bits with the gradient of the relaxed ones, distributed as discrete()", () => {
  const draws = 20_000;
  for (const relaxed of [
    new RelaxedBernoulli({ temperature: 0.3, logits: [-1, 2] }),
    new BinaryIGR({ loc: [-1, 0.4], scale: 0.8, temperature: 0.1 }),
  ]) {
    const hard = relaxed.sample(createRng(5), [draws], { hard: true });
    expect(tf.mul(hard, tf.sub(1, hard))).toBeAllClose(tf.zeros([draws, 2]), { atol: 0 });
    const expected = relaxed.discrete().mean().dataSync();
    for (const [k, share] of tf.mean(hard, 0).dataSync().entries()) {
      const p = expected[k]!;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws));
    }
  }
  expect(new BinaryIGR({ loc: [-1, 0.4], scale: 0.8, temperature: 0.1 }).discrete().mean()).toBeAllClose([
    normalCdf(-1.25),
    normalCdf(0.5),
  ]);
  const slope = (hard: boolean) =>
    tf.grad((logits) => new RelaxedBernoulli({ temperature: 0.5, logits }).sample(createRng(1), [], { hard }))(
      tf.scalar(0.3),
    );
  expect(slope(true)).toBeAllClose(slope(false), { rtol: 0, atol: 0 });
  expect(() =>
    new LogitRelaxedBernoulli({ temperature: 1, logits: 0 }).sample(createRng(1), [], { hard: true }),
  ).toThrow("use hard with RelaxedBernoulli");
});

describe("divergences", () => {
  test("of RelaxedBernoullis of one temperature are d coth(d / 2) - 2, and Monte Carlo agrees", () => {
    const [q, p] = [
      new RelaxedBernoulli({ temperature: 0.01, logits: [1, 80] }),
      new RelaxedBernoulli({ temperature: 0.01, logits: 0 }),
    ];
    const exact = [1, 80].map((d) => d / Math.tanh(d / 2) - 2);
    expect(klDivergence(q, p)).toBeAllClose(exact, { rtol: 1e-5 });
    const estimate = klDivergence(q, p, { method: "monte-carlo", rng: createRng(1), samples: 20_000 }).dataSync();
    // log q - log p has a standard deviation below 2 here.
    for (const [k, value] of exact.entries()) {
      expect(Math.abs(estimate[k]! - value)).toBeLessThan((4 * 2) / Math.sqrt(20_000) + 1e-3 * value);
    }
    const other = new RelaxedBernoulli({ temperature: 0.5, logits: 0 });
    expect(() => klDivergence(q, other)).toThrow("no closed form");
    expect(klDivergence(q, other, { rng: createRng(1), samples: 10 }).shape).toEqual([2]);
  });

  test("of BinaryIGRs are closed whatever their temperatures", () => {
    const [q, p] = [
      new BinaryIGR({ loc: 0.4, scale: 0.9, temperature: 0.5 }),
      new BinaryIGR({ loc: -0.2, scale: 1.1, temperature: 0.3 }),
    ];
    const [m, s, m0, s0] = [0.8, 1.8, -0.2 / 0.3, 1.1 / 0.3];
    const exact = Math.log(s0 / s) + (s * s + (m - m0) ** 2) / (2 * s0 * s0) - 0.5;
    expect(klDivergence(q, p)).toBeAllClose([exact]);
  });

  test("between log-odds and bits are refused", () => {
    const options = { temperature: 0.5, logits: 0 };
    const [q, p] = [new LogitRelaxedBernoulli(options), new RelaxedBernoulli(options)];
    expect(() => klDivergence(q, p)).toThrow("no closed form");
    expect(() => klDivergence(q, p, { rng: createRng(1) })).toThrow("draws of LogitRelaxedBernoulli are logarithms");
  });
});

test("constructors reject invalid parameters", () => {
  expect(() => new RelaxedBernoulli({ temperature: 1 })).toThrow(
    "exactly one of logits and probs must be given, got neither",
  );
  expect(() => new LogitRelaxedBernoulli({ temperature: 0, logits: 0 })).toThrow(
    "LogitRelaxedBernoulli: temperature must",
  );
  expect(() => new RelaxedBernoulli({ temperature: 1, probs: [0.5, 1.5] })).toThrow(
    "RelaxedBernoulli: probs must be a probability in [0, 1], got 1.5 at index 1",
  );
  expect(() => new BinaryIGR({ loc: 0, scale: 0, temperature: 1 })).toThrow("scale must be a finite number > 0, got 0");
});
