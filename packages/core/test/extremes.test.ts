import { Affine } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  Beta,
  Binomial,
  type Distribution,
  Exponential,
  Gamma,
  Gumbel,
  HalfNormal,
  Independent,
  Kumaraswamy,
  klDivergence,
  Laplace,
  Logistic,
  MixtureSameFamily,
  MultivariateNormalTriL,
  NegativeBinomial,
  Normal,
  OneHotCategorical,
  StudentT,
  TransformedDistribution,
  Uniform,
} from "../src/index.js";
import { loadReference } from "./reference-values.js";

// Made in 60 digits by test/reference/generate_extremes.py; see there.
interface DivergenceRow {
  readonly family: string;
  readonly parameters: readonly number[];
  readonly value: number | "inf";
  readonly slopes: readonly (number | "inf" | "-inf" | null)[];
}
const { divergences, slopes, moments, counts } = loadReference<{
  divergences: DivergenceRow[];
  slopes: { family: string; parameters: [number, number]; x: number; slope: number | "inf" | "-inf" }[];
  moments: { a: number; b: number; mean: number; variance: number; stddev: number }[];
  counts: { family: string; n: number; k: number; logit: number; slope: number }[];
}>("extremes");

const toNumber = (value: number | string) =>
  typeof value === "number" ? value : value === "inf" ? Infinity : -Infinity;

/** Each parameter is a tensor of all rows: one call and one gradient for a family. */
const pairs: Record<string, (p: readonly tf.Tensor[]) => [Distribution, Distribution]> = {
  Normal: ([lq, sq, lp, sp]) => [new Normal({ loc: lq!, scale: sq! }), new Normal({ loc: lp!, scale: sp! })],
  Laplace: ([lq, sq, lp, sp]) => [new Laplace({ loc: lq!, scale: sq! }), new Laplace({ loc: lp!, scale: sp! })],
  Gumbel: ([lq, sq, lp, sp]) => [new Gumbel({ loc: lq!, scale: sq! }), new Gumbel({ loc: lp!, scale: sp! })],
  Gamma: ([aq, rq, ap, rp]) => [
    new Gamma({ concentration: aq!, rate: rq! }),
    new Gamma({ concentration: ap!, rate: rp! }),
  ],
  Exponential: ([rq, rp]) => [new Exponential({ rate: rq! }), new Exponential({ rate: rp! })],
  HalfNormal: ([sq, sp]) => [new HalfNormal({ scale: sq! }), new HalfNormal({ scale: sp! })],
  Uniform: ([lq, hq, lp, hp]) => [new Uniform({ low: lq!, high: hq! }), new Uniform({ low: lp!, high: hp! })],
};

describe.each(Object.keys(pairs))("KL of two %s, parameters from 1e-20 to 1e20", (family) => {
  const rows = divergences.filter((row) => row.family === family);
  const count = (rows[0] as DivergenceRow).parameters.length;
  const parameters = Array.from({ length: count }, (_, index) => rows.map((row) => row.parameters[index] as number));
  const divergence = (...given: tf.Tensor[]) => klDivergence(...(pairs[family] as (typeof pairs)[string])(given));
  const tensors = () => parameters.map((values) => tf.tensor1d(values));

  test("values are those of 60 digits, infinite where float32 ends", () => {
    const values = divergence(...tensors()).dataSync();
    const wrong = rows
      .map(({ parameters: given, value }, index) => ({
        given,
        expected: toNumber(value),
        value: values[index] as number,
      }))
      .filter(({ expected, value }) => {
        const tolerance = 2e-5 * Math.abs(expected) + 4e-6;
        return Number.isFinite(expected) ? !(Math.abs(value - expected) <= tolerance) : value !== expected;
      });
    expect(wrong).toEqual([]);
  });

  test("so are their gradients, wherever the value is finite", () => {
    const gradients = tf.grads((...given: tf.Tensor[]) => divergence(...given))(tensors());
    const wrong = rows.flatMap(({ parameters: given, slopes: expected }, row) =>
      gradients.flatMap((gradient, index) => {
        if (expected[index] === null) return [];
        const right = toNumber(expected[index] as number);
        const value = gradient.dataSync()[row] as number;
        // Of the size of the parts that cancel where q and p are close: one over the parameter, or over the scale.
        const [, rateQ = 1, , rateP = 1] = given;
        const ofRates = family === "Gamma" ? rateP / rateQ : 0;
        const size = Math.max(ofRates, ...given.map((each) => (each === 0 ? 0 : 1 / Math.abs(each))));
        const tolerance = 1e-4 * Math.abs(right) + 4e-6 * size;
        const isRight = Number.isFinite(right) ? Math.abs(value - right) <= tolerance : value === right;
        return isRight ? [] : [{ given, index, value, right }];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

test.each(slopes)(
  "slope of the log-density in the value: $family $parameters at $x",
  ({ family, parameters, x, slope }) => {
    const [a, b] = parameters;
    const make: Record<string, () => Distribution> = {
      Beta: () => new Beta({ concentration1: a, concentration0: b }),
      Kumaraswamy: () => new Kumaraswamy({ concentration1: a, concentration0: b }),
      Gamma: () => new Gamma({ concentration: a, rate: b }),
      Laplace: () => new Laplace({ loc: a, scale: b }),
    };
    const distribution = (make[family] as () => Distribution)();
    const gradient = tf.grad((value) => distribution.logProb(value))(tf.scalar(x));
    expect(gradient).toBeAllClose([toNumber(slope)], { rtol: 2e-5, atol: 1e-30 });
  },
);

test("the parameters' gradients of the densities are those of the formulas, whatever is done for the value", () => {
  const x = tf.tensor1d([1e-8, 0.3, 0.9]);
  const [ofA, ofB] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
    new Beta({ concentration1: a, concentration0: b }).logProb(x),
  )([tf.scalar(1), tf.scalar(2)]);
  const at = Array.from(x.dataSync());
  const sum = (f: (v: number) => number) => at.reduce((total, v) => total + f(v), 0);
  // psi(3) - psi(1) = 1.5 and psi(3) - psi(2) = 0.5.
  expect(ofA as tf.Tensor).toBeAllClose([sum((v) => Math.log(v) + 1.5)], { rtol: 1e-5 });
  expect(ofB as tf.Tensor).toBeAllClose([sum((v) => Math.log1p(-v) + 0.5)], { rtol: 1e-5 });
});

test.each(moments)("Kumaraswamy($a, $b): mean, variance and standard deviation", ({ a, b, mean, variance, stddev }) => {
  const distribution = new Kumaraswamy({ concentration1: a, concentration0: b });
  // The exponents reach some hundreds: float32 leaves 6e-8 of them.
  const size = Math.abs(Math.log(Math.max(mean, 1e-38)));
  const rtol = 2e-6 + 2e-7 * size;
  expect(distribution.mean()).toBeAllClose([mean], { rtol, atol: 1e-37 });
  expect(distribution.variance()).toBeAllClose([variance], { rtol: 2e-5 + 4e-7 * size, atol: 1e-37 });
  expect(distribution.stddev()).toBeAllClose([stddev], { rtol: 2e-5 + 4e-7 * size, atol: 1e-37 });
});

test.each(counts)("slope in totalCount: $family of $n at $k, logit $logit", ({ family, n, k, logit, slope }) => {
  const Class = family === "Binomial" ? Binomial : NegativeBinomial;
  const gradient = tf.grad((totalCount) => new Class({ totalCount, logits: logit }).logProb(k))(tf.scalar(n));
  expect(gradient).toBeAllClose([slope], { rtol: 1e-5, atol: 1e-5 });
});

describe.each([1e-30, 1e-20, 1, 1e20, 1e30])("standard deviations at the scale %d", (scale) => {
  const normal = new Normal({ loc: 0, scale: [scale, 2 * scale] });
  const cases: [string, () => tf.Tensor, readonly number[]][] = [
    ["Normal", () => normal.stddev(), [1, 2]],
    ["Independent", () => new Independent(normal, 1).stddev(), [1, 2]],
    ["Laplace", () => new Laplace({ loc: 1, scale }).stddev(), [Math.SQRT2]],
    ["Logistic", () => new Logistic({ loc: 1, scale }).stddev(), [Math.PI / Math.sqrt(3)]],
    ["Gumbel", () => new Gumbel({ loc: 1, scale }).stddev(), [Math.PI / Math.sqrt(6)]],
    ["HalfNormal", () => new HalfNormal({ scale }).stddev(), [Math.sqrt(1 - 2 / Math.PI)]],
    ["Exponential", () => new Exponential({ rate: 1 / scale }).stddev(), [1]],
    ["Gamma", () => new Gamma({ concentration: 9, rate: 1 / scale }).stddev(), [3]],
    ["StudentT", () => new StudentT({ df: 4, loc: 0, scale }).stddev(), [Math.SQRT2]],
    ["Uniform", () => new Uniform({ low: -scale, high: scale }).stddev(), [1 / Math.sqrt(3)]],
    [
      "MultivariateNormalTriL",
      () =>
        new MultivariateNormalTriL({
          loc: [0, 0],
          scaleTril: [
            [scale, 0],
            [3 * scale, 4 * scale],
          ],
        }).stddev(),
      [1, 5],
    ],
    [
      // Means 3 and -3 by half: 9 from the means, and (1 + 4) / 2 from the parts.
      "MixtureSameFamily",
      () =>
        new MixtureSameFamily({
          mixture: new OneHotCategorical({ probs: [0.5, 0.5] }),
          components: new Normal({ loc: [3 * scale, -3 * scale], scale: [scale, 2 * scale] }),
        }).stddev(),
      [Math.sqrt(11.5)],
    ],
  ];
  test.each(cases)("of %s", (_, stddev, expected) => {
    expect(stddev()).toBeAllClose(
      expected.map((each) => each * scale),
      { rtol: 1e-5, atol: 0 },
    );
  });
});

describe.each([1e-20, 1e20])("slopes in the scale %d: those of 1, over the scale", (scale) => {
  const slopesOf = (f: (scale: tf.Tensor) => tf.Tensor) => {
    const at = (value: number) => tf.grad((each: tf.Tensor) => f(each))(tf.scalar(value));
    return { own: tf.mul(at(scale), scale), ofOne: at(1) };
  };
  const cases: [string, (scale: tf.Tensor, unit: number) => tf.Tensor][] = [
    ["the cdf of Normal", (s, unit) => new Normal({ loc: 0, scale: s }).logCdf(tf.scalar(-2 * unit))],
    ["the cdf of StudentT", (s, unit) => new StudentT({ df: 3, loc: 0, scale: s }).logCdf(tf.scalar(-2 * unit))],
    ["the cdf of HalfNormal", (s, unit) => new HalfNormal({ scale: s }).logSurvival(tf.scalar(2 * unit))],
    [
      "the density of MultivariateNormalTriL",
      (s, unit) => new MultivariateNormalTriL({ loc: [0], scaleTril: tf.reshape(s, [1, 1]) }).logProb([3 * unit]),
    ],
    [
      "the density under an affine map",
      (s, unit) =>
        new TransformedDistribution({
          distribution: new Logistic({ loc: 0, scale: 1 }),
          bijector: new Affine({ scale: s }),
        }).logProb(tf.scalar(3 * unit)),
    ],
  ];
  test.each(cases)("of %s", (_, f) => {
    const [unit, one] = [Math.fround(scale), 1];
    const { own } = slopesOf((s) => f(s, unit));
    const { ofOne } = slopesOf((s) => f(s, one));
    expect(own).toBeAllClose(ofOne, { rtol: 1e-4 });
  });
});

test("the divergence of multivariate normals from 1e-20 to 1e20 is that of their coordinates, with its slopes", () => {
  const triangular = (scales: tf.Tensor) =>
    new MultivariateNormalTriL({ loc: [0, 0], scaleTril: tf.mul(tf.eye(2), tf.expandDims(scales, -1)) });
  const independent = (scale: tf.Tensor) => new Independent(new Normal({ loc: 0, scale }), 1);
  const [q, p] = [tf.tensor1d([1e-20, 2]), tf.tensor1d([1e20, 2])];
  for (const make of [triangular, independent]) {
    expect(klDivergence(make(q), make(p))).toBeAllClose(40 * Math.LN10 - 0.5, { rtol: 1e-6 });
    const [ofQ, ofP] = tf.grads((a, b) => klDivergence(make(a), make(b)))([q, p]);
    expect(tf.mul(ofQ!, q)).toBeAllClose([-1, 0], { rtol: 1e-5, atol: 1e-6 });
    expect(tf.mul(ofP!, p)).toBeAllClose([1, 0], { rtol: 1e-5, atol: 1e-6 });
  }
});
