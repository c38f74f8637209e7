import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { continuousLaws, distributionLaws } from "../../test/distribution-laws.js";
import { loadReference } from "../../test/reference-values.js";
import { createRng } from "../random/create-rng.js";
import { logGammaOfOnePlus } from "../special/log-gamma.js";
import { Gumbel } from "./gumbel.js";
import type { LocationScaleOptions } from "./location-scale.js";
import { Logistic } from "./logistic.js";
import { Normal } from "./normal.js";

type Parameters = { loc: number; scale: number };
interface Reference {
  families: Record<
    string,
    {
      moments: (Parameters & { mean: number; variance: number; entropy: number })[];
      points: (Parameters & { x: number; logProb: number })[];
      tails: { t: number; logCdf: number; logSurvival: number }[];
      quantiles: { p: number; x: number }[];
    }
  >;
  logGammaOfOnePlus: { x: number; value: number; slope: number }[];
}
const reference = loadReference<Reference>("univariate");

const classes = { Normal, Gumbel, Logistic };
type Name = keyof typeof classes;
const names = Object.keys(classes) as Name[];
const build = (name: Name, options: LocationScaleOptions) => new classes[name](options);

describe.each(names)("%s", (name) => {
  const { moments, points, tails, quantiles } = reference.families[name]!;

  describe("batch of [2, 3] from loc [2, 1] and scale [3]", () => {
    distributionLaws(() => build(name, { loc: tf.tensor2d([[0.5], [-3]]), scale: [0.2, 1, 4] }));
  });

  describe("loc 0.3, scale 1.5", () => {
    continuousLaws(() => build(name, { loc: 0.3, scale: 1.5 }), { low: -18, high: 25 });
  });

  test.each(moments)("moments at loc $loc, scale $scale", ({ loc, scale, mean, variance, entropy }) => {
    const distribution = build(name, { loc, scale });
    expect(distribution.mean()).toBeAllClose(mean, { rtol: 2e-7 });
    expect(distribution.variance()).toBeAllClose(variance, { rtol: 3e-7 });
    expect(distribution.stddev()).toBeAllClose(Math.sqrt(variance), { rtol: 3e-7 });
    expect(distribution.entropy()).toBeAllClose(entropy, { atol: 2e-6, rtol: 0 });
    expect(distribution.mode()).toBeAllClose(loc, { rtol: 0, atol: 0 });
  });

  test.each(points)("logProb($x) at loc $loc, scale $scale", ({ loc, scale, x, logProb }) => {
    const distribution = build(name, { loc, scale });
    // The terms: that of the standardized value and log scale. exp(80) magnifies the rounding of its argument by 80.
    const size = Math.max(1, Math.abs(logProb) + 2 * Math.abs(Math.log(scale)));
    const rtol = name === "Gumbel" && (x - loc) / scale < -6 ? 2e-5 : 1e-6;
    expect(distribution.logProb(x)).toBeAllClose(logProb, { atol: rtol * size, rtol: 0 });
  });

  test.each(tails)("both tails in logs at t = $t", ({ t, logCdf, logSurvival }) => {
    const distribution = build(name, { loc: 0, scale: 1 });
    const rtol = name === "Gumbel" && t < -6 ? 2e-5 : 2e-6;
    expect(distribution.logCdf(t)).toBeAllClose(logCdf, { rtol, atol: 1e-37 });
    expect(distribution.logSurvival(t)).toBeAllClose(logSurvival, { rtol, atol: 1e-37 });
    expect(distribution.cdf(t)).toBeAllClose(Math.exp(logCdf), { rtol: 1e-5, atol: 1e-37 });
  });

  test.each(quantiles)("quantile($p)", ({ p, x }) => {
    expect(build(name, { loc: 0, scale: 1 }).quantile(p)).toBeAllClose(x, { rtol: 2e-6, atol: 2e-7 });
    expect(build(name, { loc: 2, scale: 3 }).quantile(p)).toBeAllClose(2 + 3 * x, { rtol: 2e-6, atol: 2e-6 });
  });

  test("gradients of logProb, cdf logs and quantile agree with finite differences", () => {
    const loc = tf.scalar(0.4);
    const scale = tf.scalar(1.7);
    const x = tf.tensor1d([-9, -3, -0.5, 0.4, 1, 4, 20]);
    const p = tf.tensor1d([0.01, 0.3, 0.6, 0.99, 1e-5, 0.5, 0.08]);
    const functions: ((loc: tf.Tensor, scale: tf.Tensor) => tf.Tensor)[] = [
      (loc, scale) => tf.sum(tf.mul(build(name, { loc, scale }).logProb(x), [1, 2, 3, 4, 5, 6, 7])),
      (loc, scale) => tf.sum(tf.mul(build(name, { loc, scale }).logCdf(x), [1, 2, 3, 4, 5, 6, 7])),
      (loc, scale) => tf.sum(tf.mul((build(name, { loc, scale }) as Normal).logSurvival(x), [1, 2, 3, 4, 5, 6, 7])),
      (loc, scale) => tf.sum(tf.mul(build(name, { loc, scale }).quantile(p), [1, 2, 3, 4, 5, 6, 7])),
    ];
    for (const f of functions) {
      const [dLoc, dScale] = tf.grads(f as (...args: tf.Tensor[]) => tf.Tensor)([loc, scale]) as [tf.Tensor, tf.Tensor];
      const h = 2 ** -8;
      const difference = (a: [number, number], b: [number, number]) =>
        (f(tf.scalar(b[0]), tf.scalar(b[1])).dataSync()[0]! - f(tf.scalar(a[0]), tf.scalar(a[1])).dataSync()[0]!) /
        (2 * h);
      const [l, s] = [0.4, 1.7];
      expect(dLoc).toBeAllClose(difference([l - h, s], [l + h, s]), { rtol: 3e-3, atol: 0.02 });
      expect(dScale).toBeAllClose(difference([l, s - h], [l, s + h]), { rtol: 3e-3, atol: 0.02 });
    }
  });

  test("samples are reparameterized: d sample / d loc = 1, d sample / d scale = the noise", () => {
    const [loc, scale] = [tf.tensor1d([1, -2]), tf.tensor1d([0.5, 3])];
    const sample = build(name, { loc, scale }).sample(createRng(3), [4]);
    const noise = tf.div(tf.sub(sample, loc), scale);
    const [dLoc, dScale] = tf.grads((loc: tf.Tensor, scale: tf.Tensor) =>
      tf.sum(build(name, { loc, scale }).sample(createRng(3), [4])),
    )([loc, scale]) as [tf.Tensor, tf.Tensor];
    expect(dLoc).toBeAllClose([4, 4]);
    expect(dScale).toBeAllClose(tf.sum(noise, 0), { rtol: 1e-4, atol: 1e-5 });
  });

  test("sampleAndLogProb keeps its digits where loc is large against the scale", () => {
    const { logProb: standard } = build(name, { loc: 0, scale: 1 }).sampleAndLogProb(createRng(8), [1000]);
    for (const stickTheLanding of [false, true]) {
      const far = build(name, { loc: 1e6, scale: 1e-3 });
      const { logProb } = far.sampleAndLogProb(createRng(8), [1000], { stickTheLanding });
      expect(logProb).toBeAllClose(tf.add(standard, Math.log(1e3)), { rtol: 1e-6, atol: 1e-5 });
    }
  });

  test.each([false, true])("the gradient of logProb along its own sample, stickTheLanding %s", (stickTheLanding) => {
    const [loc, scale] = [tf.scalar(0.7), tf.scalar(1.3)];
    const density = build(name, { loc, scale });
    const sample = density.sample(createRng(4), [1]);
    const ofX = tf
      .grad((x: tf.Tensor) => density.logProb(x))(sample)
      .dataSync()[0]!;
    const noise = (sample.dataSync()[0]! - 0.7) / 1.3;
    const [dLoc, dScale] = tf.grads((loc: tf.Tensor, scale: tf.Tensor) => {
      const { logProb } = build(name, { loc, scale }).sampleAndLogProb(createRng(4), [1], { stickTheLanding });
      return tf.sum(logProb);
    })([loc, scale]) as [tf.Tensor, tf.Tensor];
    // In full the density of one's own sample is p(noise) / scale.
    expect(dLoc).toBeAllClose(stickTheLanding ? ofX : 0, { rtol: 1e-4 });
    expect(dScale).toBeAllClose(stickTheLanding ? ofX * noise : -1 / 1.3, { rtol: 1e-4 });
  });

  test("at +-Infinity densities and logarithms are limits", () => {
    const dist = build(name, { loc: 0.5, scale: 2 });
    const ends = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(dist.logProb(ends)).toBeAllClose([-Infinity, -Infinity]);
    expect(dist.cdf(ends)).toBeAllClose([0, 1]);
    expect(tf.exp(dist.logSurvival(ends))).toBeAllClose([1, 0]);
  });

  test("refuses a scale of 0, NaN in loc, shapes that do not broadcast, and a missing parameter", () => {
    expect(() => build(name, { loc: 0, scale: 0 })).toThrow(`${name}: scale must be a finite number > 0, got 0`);
    expect(() => build(name, { loc: [1, Number.NaN], scale: 1 })).toThrow(
      `${name}: loc must be a finite number, got NaN at index 1`,
    );
    expect(() => build(name, { loc: [1, 2], scale: [1, 2, 3] })).toThrow(
      `${name}: shapes must broadcast against each other, got loc [2], scale [3]`,
    );
    expect(() => build(name, { loc: 0 } as never)).toThrow(`${name}: scale is missing`);
    const negative = tf.tensor1d([1, -1]);
    expect(() => build(name, { loc: 0, scale: negative })).not.toThrow();
    expect(() => build(name, { loc: 0, scale: negative, validate: "values" })).toThrow("got -1 at index 1");
  });
});

test.each(reference.logGammaOfOnePlus)("logGammaOfOnePlus($x) and its slope", ({ x, value, slope }) => {
  expect(logGammaOfOnePlus(tf.scalar(x))).toBeAllClose(value, { atol: 2e-6, rtol: 3e-7 });
  expect(tf.grad(logGammaOfOnePlus)(tf.scalar(x))).toBeAllClose(slope, { atol: 2e-6, rtol: 1e-6 });
});
