import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../../test/distribution-laws.js";
import {
  Binomial,
  Categorical,
  type CountDistribution,
  createRng,
  Geometric,
  klDivergence,
  MixtureSameFamily,
  NegativeBinomial,
  Normal,
  Poisson,
  truncatedPmf,
} from "../../index.js";

const laws: Record<string, () => CountDistribution> = {
  "Poisson, batch [2, 3]": () =>
    new Poisson({
      rate: tf.tensor2d([
        [0.3, 5, 9.9],
        [10, 50, 300],
      ]),
    }),
  "Poisson by logRate": () => new Poisson({ logRate: [-2, 3] }),
  "Binomial, counts [3, 1] and probs [2]": () =>
    new Binomial({ totalCount: [[1], [12], [400]], probs: tf.tensor1d([0.3, 0.9]) }),
  "Binomial by logits": () => new Binomial({ totalCount: 12, logits: [-1, 2] }),
  "Binomial that is certain": () => new Binomial({ totalCount: [0, 3, 3], probs: [0.5, 0, 1] }),
  "NegativeBinomial, batch [4]": () =>
    new NegativeBinomial({ totalCount: tf.tensor1d([0.4, 3, 50, 50]), probs: [0.5, 0.2, 0.6, 1] }),
  "NegativeBinomial by logits": () => new NegativeBinomial({ totalCount: 2.5, logits: [-1, 0.5] }),
  "Geometric, batch [3]": () => new Geometric({ probs: [0.02, 0.7, 1] }),
  "Geometric by logits": () => new Geometric({ logits: tf.tensor1d([-2, 1]) }),
  "Categorical, batch [2]": () =>
    new Categorical({
      probs: tf.tensor2d([
        [0.2, 0.5, 0.3],
        [0, 1, 0],
      ]),
    }),
  "Categorical by logits": () => new Categorical({ logits: [1, -2, 300, 299, Number.NEGATIVE_INFINITY] }),
};

describe.each(Object.keys(laws))("%s", (name) => {
  const build = laws[name]!;
  distributionLaws(build);

  test("the probabilities sum to 1 and to the cdf", () => {
    const { probs, tailMass, size } = truncatedPmf(build(), { tailMass: 1e-6 });
    expect(tf.add(tf.sum(probs, 0), tailMass)).toBeAllClose(tf.ones(tailMass.shape), { atol: 3e-6, rtol: 0 });
    const counts = tf.reshape(tf.range(0, size), [size, ...build().batchShape.map(() => 1)]);
    expect(build().cdf(counts)).toBeAllClose(tf.cumsum(probs, 0), { atol: 3e-6, rtol: 0 });
    expect(tf.add(tf.exp(build().logSurvival(counts)), build().cdf(counts))).toBeAllClose(tf.onesLike(probs), {
      atol: 1e-6,
    });
  });

  test("the mode has the largest probability", () => {
    const { probs } = truncatedPmf(build());
    expect(tf.exp(build().logProb(build().mode()))).toBeAllClose(tf.max(probs, 0), { rtol: 1e-5 });
  });

  test("quantile undoes cdf", () => {
    const { size, tailMass } = truncatedPmf(build());
    const counts = tf.broadcastTo(
      tf.reshape(tf.floor(tf.linspace(0, size - 1, 7)), [7, ...tailMass.shape.map(() => 1)]),
      [7, ...tailMass.shape],
    );
    const cdf = build().cdf(counts);
    const again = build().quantile(cdf);
    // The smallest count of that cdf: one of probability 0 is not found again. Above 1/2 a cdf is rounded coarsely
    // against its complement, which decides there.
    const isSmall = tf.less(cdf, 0.5);
    expect(tf.max(tf.where(isSmall, tf.sub(again, counts), tf.zerosLike(cdf))).dataSync()[0]).toBeLessThanOrEqual(0);
    const isInside = tf.greater(tf.exp(build().logProb(counts)), 1e-5);
    const isLower = tf.logicalAnd(isInside, isSmall);
    expect(tf.where(isLower, again, counts)).toBeAllClose(counts, { rtol: 0, atol: 0 });
  });

  test("outside the support the probability is 0, and NaN stays NaN", () => {
    const distribution = build();
    const at = (x: number) => tf.fill([1, ...distribution.batchShape], x);
    for (const x of [-1, 0.5, -Infinity, Infinity, 2 ** 30]) {
      const expected = x === 2 ** 30 && !(distribution instanceof Binomial || distribution instanceof Categorical);
      const logProb = tf.max(distribution.logProb(at(x))).dataSync()[0]!;
      expect(logProb).toBeLessThan(expected ? -1e3 : -1e30);
    }
    expect(distribution.cdf(at(-1))).toBeAllClose(tf.zeros([1, ...distribution.batchShape]));
    expect(distribution.cdf(at(Infinity))).toBeAllClose(tf.ones([1, ...distribution.batchShape]));
    expect(distribution.logSurvival(at(-0.5))).toBeAllClose(tf.zeros([1, ...distribution.batchShape]));
    expect(distribution.cdf(at(0.5))).toBeAllClose(distribution.cdf(at(0)), { rtol: 0 });
    for (const method of ["logProb", "cdf", "logCdf", "logSurvival", "quantile"] as const) {
      expect(tf.all(tf.isNaN(distribution[method](at(Number.NaN)))).dataSync()[0]).toBe(1);
    }
  });
});

describe("divergences are the sums over the support", () => {
  const pairs: [string, CountDistribution, CountDistribution][] = [
    ["Poisson", new Poisson({ rate: [0.5, 50, 50] }), new Poisson({ rate: [4, 50.01, 30] })],
    [
      "Binomial",
      new Binomial({ totalCount: 12, probs: [0.3, 0, 1, 0.5] }),
      new Binomial({ totalCount: 12, probs: [0.31, 0.2, 0.9, 0.01] }),
    ],
    [
      "NegativeBinomial",
      new NegativeBinomial({ totalCount: 5, probs: [0.6, 0.3] }),
      new NegativeBinomial({ totalCount: 5, logits: [0, 1] }),
    ],
    ["Geometric", new Geometric({ probs: [0.3, 0.5] }), new Geometric({ probs: [0.2, 0.5] })],
    [
      "Categorical",
      new Categorical({ probs: [0.5, 0.5, 0] }),
      new Categorical({
        logits: [
          [0, 1, 2],
          [5, -5, 0],
        ],
      }),
    ],
  ];
  test.each(pairs)("%s", (_, q, p) => {
    const { logProbs, size } = truncatedPmf(q, { tailMass: 1e-12 });
    const counts = tf.reshape(tf.range(0, size), [size, ...p.batchShape.map(() => 1)]);
    const other = p.logProb(counts);
    const shape = [size, ...other.shape.slice(1)];
    const own = tf.broadcastTo(
      tf.reshape(logProbs, [
        size,
        ...new Array<number>(shape.length - logProbs.rank).fill(1),
        ...logProbs.shape.slice(1),
      ]),
      shape,
    );
    const weights = tf.exp(own);
    const terms = tf.where(tf.greater(weights, 0), tf.mul(weights, tf.sub(own, other)), tf.zeros(shape));
    expect(klDivergence(q, p)).toBeAllClose(tf.sum(terms, 0), { rtol: 1e-4, atol: 1e-6 });
  });

  test("close Poisson rates keep their digits", () => {
    // lambda log(lambda / mu) + mu - lambda in float64.
    const mu = Math.fround(50.001);
    expect(klDivergence(new Poisson({ rate: 50 }), new Poisson({ rate: mu }))).toBeAllClose(
      50 * Math.log(50 / mu) + mu - 50,
      { rtol: 1e-4 },
    );
  });

  test("binomials of other counts have no closed form", () => {
    const q = new Binomial({ totalCount: 3, probs: 0.5 });
    expect(() => klDivergence(q, new Binomial({ totalCount: 4, probs: 0.5 }))).toThrow(
      "klDivergence: no closed form for (Binomial, Binomial)",
    );
  });
});

test("logits hold where probabilities round to 0", () => {
  expect(new Binomial({ totalCount: 4, logits: -200 }).logProb([0, 2, 4])).toBeAllClose(
    [-4 * Math.exp(-200), Math.log(6) - 400, -800],
    { rtol: 1e-6, atol: 1e-37 },
  );
  expect(new Binomial({ totalCount: 4, logits: -200 }).logSurvival([0, 3])).toBeAllClose([Math.log(4) - 200, -800], {
    rtol: 1e-6,
  });
  expect(new Geometric({ logits: 200 }).logProb([0, 3])).toBeAllClose([0, -600], { rtol: 1e-6 });
  expect(new NegativeBinomial({ totalCount: 2, logits: 150 }).logProb([1])).toBeAllClose([Math.log(2) - 150], {
    rtol: 1e-6,
  });
  const slope = tf.grad((logits: tf.Tensor) => new Binomial({ totalCount: 4, logits }).logProb(3))(tf.scalar(-200));
  expect(slope).toBeAllClose(3, { rtol: 1e-6 });
});

describe("finite and truncated supports", () => {
  test("enumerateSupport", () => {
    expect(new Binomial({ totalCount: 3, probs: [0.1, 0.2] }).enumerateSupport()).toBeAllClose(
      tf.tensor2d([[0], [1], [2], [3]]),
    );
    expect(new Categorical({ probs: [0.5, 0.5] }).enumerateSupport()).toBeAllClose([0, 1]);
    expect(() => new Poisson({ rate: 1 }).enumerateSupport()).toThrow(
      "Poisson.enumerateSupport: the support is not finite; truncatedPmf(distribution)",
    );
    expect(() => new Binomial({ totalCount: [3, 4], probs: 0.5 }).enumerateSupport()).toThrow(
      "Binomial.enumerateSupport: totalCount must be one number for the whole batch, got 4 beside 3",
    );
  });

  test("the truncation is the smallest that leaves no more than the tail", () => {
    const poisson = new Poisson({ rate: 50 });
    const { size, tailMass } = truncatedPmf(poisson, { tailMass: 1e-6 });
    expect(size).toBe(88);
    expect(tailMass.dataSync()[0]).toBeLessThanOrEqual(1e-6);
    expect(poisson.logSurvival(size - 2).dataSync()[0]).toBeGreaterThan(Math.log(1e-6));
  });

  test("refuses", () => {
    expect(() => truncatedPmf(new Poisson({ rate: 50 }), { tailMass: 0 })).toThrow(
      "truncatedPmf: tailMass must be a number in (0, 1), got 0",
    );
    expect(() => truncatedPmf(new Poisson({ rate: 50 }), { maxSize: 10 })).toThrow(
      "truncatedPmf: the counts must be at most maxSize = 10, got 88 for a tail of 0.000001; raise one of the two",
    );
    expect(() => truncatedPmf({ name: "Normal" } as never)).toThrow("truncatedPmf: distribution must be");
    expect(() => truncatedPmf(new Poisson({ rate: tf.scalar(-1) }))).toThrow("got a tail of NaN");
  });
});

test("one category is always 0, and a mixture of one is its component", () => {
  const only = new Categorical({ probs: [1] });
  expect(only.sample(createRng(1), [4])).toBeAllClose([0, 0, 0, 0]);
  expect(only.logProb([0, 1])).toBeAllClose([0, -Infinity]);
  expect(only.cdf([-1, 0])).toBeAllClose([0, 1]);
  expect(only.quantile([0, 0.5, 1])).toBeAllClose([0, 0, 0]);
  expect(only.entropy()).toBeAllClose(0);
  expect(klDivergence(only, new Categorical({ logits: [3] }))).toBeAllClose(0);
  const component = new Normal({ loc: [2], scale: 3 });
  const mixture = new MixtureSameFamily({ mixture: only, components: component });
  expect(mixture.logProb(1)).toBeAllClose(component.logProb(1).dataSync()[0]!, { rtol: 1e-6 });
  expect(mixture.sample(createRng(1), [5])).toBeAllClose(component.sample(createRng(1), [5]).dataSync());
  expect(mixture.mean()).toBeAllClose(2);
});

describe("bad input", () => {
  test.each([
    [() => new Poisson({ rate: -1 }), "Poisson: rate must be a finite number >= 0, got -1"],
    [() => new Poisson({ rate: 1, logRate: 0 }), "Poisson: exactly one of rate and logRate must be given, got both"],
    [() => new Poisson({}), "Poisson: exactly one of rate and logRate must be given, got neither"],
    [
      () => new Binomial({ totalCount: 2.5, probs: 0.5 }),
      "Binomial: totalCount must be a whole number from 0 to 2^24, where float32 counts exactly, got 2.5",
    ],
    [() => new Binomial({ totalCount: 2, probs: 1.5 }), "Binomial: probs must be a probability in [0, 1], got 1.5"],
    [
      () => new Binomial({ totalCount: [2, 3], probs: [0.5, 0.5, 0.5] }),
      "Binomial: shapes must broadcast against each other, got totalCount [2], probs [3]",
    ],
    [
      () => new NegativeBinomial({ totalCount: 0, probs: 0.5 }),
      "NegativeBinomial: totalCount must be a finite number > 0, got 0",
    ],
    [
      () => new NegativeBinomial({ totalCount: 2, probs: 0 }),
      "NegativeBinomial: probs must be a number in (0, 1], got 0",
    ],
    [() => new Geometric({ probs: Number.NaN }), "Geometric: probs must be a number in (0, 1], got NaN"],
    [() => new Geometric({ logits: Infinity }), "Geometric: logits must be a finite number, got Infinity"],
    [
      () => new Categorical({ probs: [0.5, 0.4] }),
      "Categorical: probs must be probabilities >= 0 that sum to 1 on the last axis, got a sum of 0.9",
    ],
    [
      () => new Categorical({ logits: 1 }),
      "Categorical: logits needs at least 1 category on its last axis, got shape []",
    ],
    [
      () => new Binomial({ totalCount: 3, probs: 0.5, validate: "values" }).logProb([1, 4]),
      "Binomial.logProb: a value must be a whole number from 0 to totalCount, 3, got 4",
    ],
    [
      () => new Poisson({ rate: 3, validate: "values" }).logProb(0.5),
      "Poisson.logProb: a value must be a whole number >= 0, got 0.5",
    ],
    [() => new Poisson({ rate: 3 }).entropy(), "Poisson.entropy: has no closed form; estimate it by"],
    [() => new Poisson({ rate: 3, validate: "all" as never }), "Poisson: validate must be"],
  ])("%#", (build, message) => {
    expect(build).toThrow(message);
  });
});

test("logCdf and logSurvival complement each other, whatever the parameters", () => {
  const positive = fc.double({ min: -6, max: 12, noNaN: true }).map(Math.exp);
  const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
  fc.assert(
    fc.property(positive, share, fc.nat(200_000), fc.nat(1000), (size, p, n, k) => {
      for (const distribution of [
        new Poisson({ rate: size }),
        new Binomial({ totalCount: n, probs: p }),
        new NegativeBinomial({ totalCount: size, probs: p }),
        new Geometric({ probs: p }),
      ]) {
        const [lower, upper, before, here] = tf.tidy(() => [
          distribution.cdf(k).dataSync()[0]!,
          Math.exp(distribution.logSurvival(k).dataSync()[0]!),
          distribution.cdf(k - 1).dataSync()[0]!,
          Math.exp(distribution.logProb(k).dataSync()[0]!),
        ]) as unknown as [number, number, number, number];
        expect(lower + upper).toBeCloseTo(1, 5);
        expect(Math.abs(lower - before - here)).toBeLessThan(1e-4);
      }
    }),
    { numRuns: 25 },
  );
});
