import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { fixedRng } from "../../test/fixed-rng.js";
import {
  Bernoulli,
  Concrete,
  createRng,
  ExpConcrete,
  klDivergence,
  LogitRelaxedBernoulli,
  OneHotCategorical,
  RelaxedBernoulli,
} from "../index.js";

const noise = [0.3, -0.7, 1.9, 0.1];
/** Which of four categories are left, and their logits. */
const left = [0, 2, 3];
const [all, some] = [
  [0.5, -Infinity, -1, 2],
  [0.5, -1, 2],
];
const pick = (x: tf.Tensor) => tf.gather(x, tf.tensor1d(left, "int32"), x.rank - 1);

describe.each([0.4, 2.5])(
  "a Concrete at temperature %d, one of whose categories is excluded, is one of the others",
  (temperature) => {
    const pairs = [
      ["Concrete", new Concrete({ temperature, logits: all }), new Concrete({ temperature, logits: some })],
      ["ExpConcrete", new ExpConcrete({ temperature, logits: all }), new ExpConcrete({ temperature, logits: some })],
    ] as const;

    test.each(pairs)("%s: draws and densities", (_, masked, small) => {
      for (const stickTheLanding of [false, true]) {
        const draw = masked.sampleAndLogProb(fixedRng(noise), [], { stickTheLanding });
        const expected = small.sampleAndLogProb(fixedRng(left.map((k) => noise[k]!)), [], { stickTheLanding });
        expect(pick(draw.value)).toBeAllClose(expected.value);
        expect(draw.value.dataSync()[1]).toBe(masked.isLogSpace ? -Infinity : 0);
        expect(draw.logProb).toBeAllClose(expected.logProb);
        expect(masked.logProb(draw.value)).toBeAllClose(expected.logProb, { rtol: 1e-5 });
      }
      const logs = masked.sampleLog(fixedRng(noise));
      expect(masked.logProbFromLog(logs)).toBeAllClose(small.logProbFromLog(pick(logs)), { rtol: 1e-5 });
    });

    test("limits where coordinates of the face are 0, and -Infinity off the face", () => {
      const [, masked, small] = pairs[0];
      for (const z of [
        [0, 0, 0.3, 0.7],
        [0, 0, 0, 1],
        [1, 0, 0, 0],
      ]) {
        expect(masked.logProb(z)).toBeAllClose(small.logProb(left.map((k) => z[k]!)));
      }
      expect(masked.logProb([0.2, 0.2, 0.3, 0.3])).toBeAllClose(-Infinity);
      expect(masked.logProb([0, 0.5, 0, 0.5])).toBeAllClose(-Infinity);
      expect(pairs[1][1].logProb(tf.log([0.2, 0.2, 0.3, 0.3]))).toBeAllClose(-Infinity);
    });

    test("gradients are those of the others, and 0 for the excluded logit", () => {
      const weights = tf.tensor1d([1, 5, -2, 0.7]);
      for (const Family of [Concrete, ExpConcrete]) {
        const of = (draws: number[], keep: (x: tf.Tensor) => tf.Tensor) => (logits: tf.Tensor, t: tf.Tensor) => {
          const q = new Family({ temperature: t, logits });
          const draw = q.sampleAndLogProb(fixedRng(draws));
          const z = Family === Concrete ? draw.value : tf.exp(draw.value);
          return tf.add(tf.sum(tf.mul(z, keep(weights))), tf.add(draw.logProb, q.logProb(draw.value)));
        };
        const t = tf.scalar(temperature);
        const [dAll, dT] = tf.grads(of(noise, (x) => x) as never)([tf.tensor1d(all), t]) as [tf.Tensor, tf.Tensor];
        const few = left.map((k) => noise[k]!);
        const [dSome, dTOfSome] = tf.grads(of(few, pick) as never)([tf.tensor1d(some), t]) as [tf.Tensor, tf.Tensor];
        expect(pick(dAll)).toBeAllClose(dSome, { rtol: 1e-4, atol: 1e-5 });
        expect(dAll.dataSync()[1]).toBe(0);
        expect(dT).toBeAllClose(dTOfSome, { rtol: 1e-4, atol: 1e-5 });
      }
    });
  },
);

test("numbers, tensors, logits and probabilities say the same", () => {
  const probs = [0, 0.3, 0.7];
  const logits = probs.map((p) => Math.log(p));
  const reference = new Concrete({ temperature: 0.5, logits: logits.slice(1) });
  const expected = reference.logProb([0.4, 0.6]);
  for (const options of [{ probs }, { probs: tf.tensor1d(probs) }, { logits }, { logits: tf.tensor1d(logits) }]) {
    const masked = new Concrete({ temperature: 0.5, ...options });
    expect(masked.logProb([0, 0.4, 0.6])).toBeAllClose(expected, { rtol: 1e-6 });
    expect(masked.discrete().probs).toBeAllClose(probs, { rtol: 1e-6 });
    expect(masked.discrete().logProb([1, 0, 0])).toBeAllClose(-Infinity);
    const hard = masked.sample(createRng(1), [50], { hard: true });
    expect(tf.max(tf.slice(hard, [0, 0], [50, 1]))).toBeAllClose(0);
  }
  const slope = tf.grad((p: tf.Tensor) => new Concrete({ temperature: 0.5, probs: p }).logProb([0, 0.4, 0.6]))(
    tf.tensor1d(probs),
  );
  expect(tf.all(tf.isFinite(slope)).dataSync()[0]).toBe(1);
});

test("the members of a batch exclude their own categories, and one that is left has probability 1 at its vertex", () => {
  const logits = tf.tensor2d([
    [0, 1, 2],
    [-Infinity, 1, 2],
    [-Infinity, 0, -Infinity],
  ]);
  const masked = new Concrete({ temperature: 0.7, logits });
  const { value, logProb } = masked.sampleAndLogProb(createRng(3));
  const pair = new Concrete({ temperature: 0.7, logits: [1, 2] });
  const rows = value.arraySync() as number[][];
  expect(rows[2]).toEqual([0, 1, 0]);
  expect(logProb).toBeAllClose(
    [
      new Concrete({ temperature: 0.7, logits: [0, 1, 2] }).logProb(rows[0]!).dataSync()[0]!,
      pair.logProb(rows[1]!.slice(1)).dataSync()[0]!,
      0,
    ],
    { rtol: 1e-4 },
  );
  expect(masked.logProb([0, 1, 0]).dataSync()[2]).toBe(0);
  expect(masked.logProb([0.5, 0.5, 0]).dataSync()[2]).toBe(-Infinity);
});

test("divergences: finite on one face, Infinity between different ones", () => {
  const rng = createRng("kl");
  const masked = new Concrete({ temperature: 0.5, probs: [0, 0.3, 0.7] });
  const other = new Concrete({ temperature: 0.6, probs: [0, 0.6, 0.4] });
  const full = new Concrete({ temperature: 0.5, probs: [0.2, 0.3, 0.5] });
  for (const stickTheLanding of [false, true]) {
    const options = { rng, samples: 2000, stickTheLanding };
    expect(klDivergence(masked, masked, options)).toBeAllClose(0, { atol: 1e-5 });
    const small = klDivergence(
      new Concrete({ temperature: 0.5, probs: [0.3, 0.7] }),
      new Concrete({ temperature: 0.6, probs: [0.6, 0.4] }),
      options,
    ).dataSync()[0]!;
    expect(klDivergence(masked, other, options)).toBeAllClose(small, { rtol: 0.15 });
    expect(klDivergence(masked, full, options)).toBeAllClose(Infinity);
    expect(klDivergence(full, masked, options)).toBeAllClose(Infinity);
  }
  expect(klDivergence(masked, other, { method: "categorical" })).toBeAllClose(
    0.3 * Math.log(0.5) + 0.7 * Math.log(0.7 / 0.4),
    { rtol: 1e-5 },
  );
});

test("validate: 'values' accepts points of the face alone, and all categories cannot be excluded", () => {
  const masked = new Concrete({ temperature: 0.5, probs: [0, 0.3, 0.7], validate: "values" });
  expect(masked.logProb([0, 0.4, 0.6]).size).toBe(1);
  expect(() => masked.logProb([1, 0, 0])).toThrow(
    "Concrete.logProb: a coordinate of probability 0 must be 0, got 1 at index 0",
  );
  expect(() => masked.logProb([0, 0, 1])).toThrow("Concrete.logProb: every coordinate must be > 0");
  expect(() => new Concrete({ temperature: 1, logits: [-Infinity, -Infinity] })).toThrow(
    "Concrete: logits must be numbers below Infinity (-Infinity is probability 0), one of each event finite",
  );
});

describe("Concrete with an excluded category in each member of a batch of 2", () => {
  distributionLaws(
    () =>
      new Concrete({
        temperature: 0.8,
        logits: tf.tensor2d([
          [0, -Infinity, 1],
          [0.5, 0, -Infinity],
        ]),
      }),
  );
});

describe("bits that are certain", () => {
  const options = { temperature: 0.5, probs: [0, 0.3, 1] };

  test.each([
    ["probs", options],
    ["tensors", { temperature: 0.5, probs: tf.tensor1d([0, 0.3, 1]) }],
    ["logits", { temperature: 0.5, logits: [-Infinity, Math.log(0.3 / 0.7), Infinity] }],
  ])("RelaxedBernoulli by %s: draws 0 or 1, of log-density 0 there and -Infinity elsewhere", (_, given) => {
    const bit = new RelaxedBernoulli(given);
    const usual = new RelaxedBernoulli({ temperature: 0.5, probs: 0.3 });
    const { value, logProb } = bit.sampleAndLogProb(createRng(1));
    const [zero, middle, one] = value.dataSync() as unknown as [number, number, number];
    expect([zero, one]).toEqual([0, 1]);
    expect(logProb).toBeAllClose([0, usual.logProb(middle).dataSync()[0]!, 0], { rtol: 1e-5 });
    expect(bit.logProb([0, middle, 1])).toBeAllClose(logProb, { rtol: 1e-5 });
    expect([...bit.logProb([1, 0, 0]).dataSync()]).toEqual([-Infinity, Infinity, -Infinity]);
    expect([...bit.logProb(0.4).dataSync()].map(Number.isFinite)).toEqual([false, true, false]);
    expect([
      ...bit
        .cdf(
          tf.tensor2d([
            [0, 0.5, 0.9],
            [1, 1, 1],
          ]),
        )
        .dataSync(),
    ]).toEqual([1, usual.cdf(0.5).dataSync()[0], 0, 1, 1, 1]);
    expect(bit.quantile(tf.tensor2d([[0], [0.4], [1]]))).toBeAllClose([
      0,
      0,
      1,
      0,
      usual.quantile(0.4).dataSync()[0]!,
      1,
      0,
      1,
      1,
    ]);
    expect(bit.discrete().probs).toBeAllClose([0, 0.3, 1], { rtol: 1e-6 });
    expect(bit.sample(createRng(1), [], { hard: true }).dataSync()[0]).toBe(0);
  });

  test("LogitRelaxedBernoulli: the log-odds are infinite", () => {
    const bit = new LogitRelaxedBernoulli(options);
    for (const stickTheLanding of [false, true]) {
      const { value, logProb } = bit.sampleAndLogProb(createRng(1), [], { stickTheLanding });
      expect([value.dataSync()[0], value.dataSync()[2]]).toEqual([-Infinity, Infinity]);
      expect([logProb.dataSync()[0], logProb.dataSync()[2]]).toEqual([0, 0]);
      expect(bit.logProb(value)).toBeAllClose(logProb, { rtol: 1e-5 });
    }
    expect([...bit.logProb([3, -Infinity, -Infinity]).dataSync()]).toEqual([-Infinity, -Infinity, -Infinity]);
  });

  test("gradients are finite", () => {
    const slopes = tf.grads(((p: tf.Tensor, t: tf.Tensor) => {
      const bit = new RelaxedBernoulli({ temperature: t, probs: p });
      const { value, logProb } = bit.sampleAndLogProb(createRng(1));
      return tf.add(tf.sum(value), tf.sum(logProb));
    }) as never)([tf.tensor1d([0, 0.3, 1]), tf.scalar(0.5)]) as tf.Tensor[];
    for (const slope of slopes) expect(tf.all(tf.isFinite(slope)).dataSync()[0]).toBe(1);
  });

  test("divergences: 0 between equal certain bits, Infinity to others, in closed form and by Monte Carlo", () => {
    const q = new RelaxedBernoulli(options);
    const p = new RelaxedBernoulli({ temperature: 0.5, probs: [0, 0.4, 0.5] });
    const usual = klDivergence(
      new RelaxedBernoulli({ temperature: 0.5, probs: 0.3 }),
      new RelaxedBernoulli({ temperature: 0.5, probs: 0.4 }),
    ).dataSync()[0]!;
    expect(klDivergence(q, p)).toBeAllClose([0, usual, Infinity], { rtol: 1e-4 });
    expect(klDivergence(p, q)).toBeAllClose([0, usual, Infinity], { rtol: 0.1 });
    const estimate = klDivergence(q, p, { method: "monte-carlo", rng: createRng(2), samples: 20_000 }).dataSync();
    expect([estimate[0], estimate[2]]).toEqual([0, Infinity]);
    expect(Math.abs(estimate[1]! - usual)).toBeLessThan(0.02);
  });

  test("Bernoulli takes infinite log-odds", () => {
    const bit = new Bernoulli({ logits: [-Infinity, 0, Infinity] });
    const same = new Bernoulli({ probs: [0, 0.5, 1] });
    for (const x of [0, 0.3, 1]) expect(bit.logProb(x)).toBeAllClose(same.logProb(x));
    expect(bit.entropy()).toBeAllClose([0, Math.LN2, 0]);
    expect(bit.sample(createRng(1)).dataSync()[0]).toBe(0);
    expect(bit.sample(createRng(1)).dataSync()[2]).toBe(1);
    expect(klDivergence(bit, same)).toBeAllClose([0, 0, 0]);
    const slope = tf.grad((l: tf.Tensor) => new Bernoulli({ logits: l }).logProb([0, 1, 1]))(
      tf.tensor1d([-Infinity, 0, Infinity]),
    );
    expect(slope).toBeAllClose([0, 0.5, 0]);
    expect(() => new Bernoulli({ logits: Number.NaN })).toThrow("Bernoulli: logits must be");
  });
});

test("masked categories of a OneHotCategorical stay what they were", () => {
  const masked = new OneHotCategorical({ logits: [-Infinity, 0, 1] });
  expect(masked.logProb([1, 0, 0])).toBeAllClose(-Infinity);
  expect(masked.entropy().dataSync()[0]).toBeGreaterThan(0);
});
