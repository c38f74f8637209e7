import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { loadReference } from "../../test/reference-values.js";
import { Beta } from "../distributions/beta.js";
import { Dirichlet } from "../distributions/dirichlet.js";
import { Kumaraswamy } from "../distributions/kumaraswamy.js";
import { drawStick, stickLogDensity } from "../distributions/kumaraswamy-stick.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { logLogComplement } from "../special/log-log-complement.js";
import { KumaraswamyStickBreaking } from "./kumaraswamy-stick-breaking.js";
import { randomOrder } from "./stick-orders.js";

interface Share {
  readonly a: number;
  readonly b: number;
  readonly logit: number;
}

const reference = loadReference<{
  shares: (Share & { logDensity: number })[];
  draws: (Share & { gumbel: number })[];
  divergences: { q: [number, number]; p: [number, number]; kl: number }[];
  sticks: { concentration: number[]; logZ: number[]; order: number[]; logDensity: number; overOrders: number }[];
}>("kumaraswamy");

describe("shares, against 50 digits (test/reference/generate_kumaraswamy.py)", () => {
  const [a, b] = [(each: Share) => tf.scalar(each.a), (each: Share) => tf.scalar(each.b)];

  test.each(reference.shares)("log-density of Kumaraswamy($a, $b) at logit $logit", (each) => {
    const value = stickLogDensity(tf.scalar(each.logit), a(each), b(each));
    const terms = (each.a + each.b + 1) * Math.abs(each.logit) + 10;
    expect(value).toBeAllClose(each.logDensity, { rtol: 0, atol: 2e-6 * terms });
    const slope = tf.grad((logit) => stickLogDensity(logit, a(each), b(each)))(tf.scalar(each.logit));
    expect(Number.isFinite(slope.dataSync()[0])).toBe(true);
  });

  test.each(reference.draws)("the draw of Kumaraswamy($a, $b) from the noise $gumbel", (each) => {
    const { logit, logDensity } = drawStick(tf.scalar(each.gumbel), a(each), b(each));
    // What rounding the noise makes of the logit.
    const slope = tf
      .grad((gumbel) => drawStick(gumbel, a(each), b(each)).logit)(tf.scalar(each.gumbel))
      .dataSync()[0]!;
    const rounding = 1e-6 * (Math.abs(each.logit) + Math.abs(slope) * (1 + Math.abs(each.gumbel)) + 1);
    expect(logit).toBeAllClose(each.logit, { rtol: 0, atol: 3 * rounding });
    const steep = (each.a + each.b + 1) * rounding;
    const expected = stickLogDensity(logit, a(each), b(each)).dataSync()[0]!;
    expect(logDensity).toBeAllClose(expected, { rtol: 1e-5, atol: 20 * steep });
  });

  test.each(reference.divergences)("KL of $q from $p by the trapezoidal rule", ({ q, p, kl }) => {
    const [of, from] = [q, p].map(
      ([concentration1, concentration0]) => new Kumaraswamy({ concentration1, concentration0 }),
    ) as [Kumaraswamy, Kumaraswamy];
    const value = klDivergence(of, from);
    expect(value).toBeAllClose(kl, { rtol: 1e-5, atol: 1e-5 });
  });

  test("KL from a Beta: that of a Beta where the two are one", () => {
    // Kumaraswamy(a, 1) is Beta(a, 1), and Kumaraswamy(1, b) Beta(1, b).
    const to = new Beta({ concentration1: 2, concentration0: 0.7 });
    for (const [concentration1, concentration0] of [
      [0.3, 1],
      [5, 1],
      [1, 4],
      [1, 0.2],
    ] as const) {
      const exact = klDivergence(new Beta({ concentration1, concentration0 }), to);
      const value = klDivergence(new Kumaraswamy({ concentration1, concentration0 }), to);
      expect(value).toBeAllClose(exact, { rtol: 2e-5, atol: 2e-5 });
    }
  });

  test("log(-log(1 - p)) is its own inverse, with slopes of finite differences", () => {
    const t = tf.tensor1d([-80, -30, -10.1, -9.9, -3, 0, 1, 2.4, 2.6, 4, 4.4]);
    expect(logLogComplement(logLogComplement(t))).toBeAllClose(t, { rtol: 1e-5, atol: 1e-5 });
    const slope = tf
      .grad((each) => tf.sum(logLogComplement(each)))(t)
      .dataSync();
    const exact = (t: number) => {
      const p = Math.exp(-Math.exp(t));
      return t > 2 ? -Math.exp(t) + Math.log1p(p / 2) : Math.log(-Math.log(-Math.expm1(-Math.exp(t))));
    };
    for (const [index, at] of t.dataSync().entries()) {
      const difference = (exact(at + 1e-4) - exact(at - 1e-4)) / 2e-4;
      expect(Math.abs(slope[index]! / difference - 1)).toBeLessThan(1e-3);
    }
  });
});

describe("log-densities on the simplex, against 50 digits", () => {
  test.each(reference.sticks)("of $concentration in order $order, and over all", (each) => {
    const { concentration, order, logZ } = each;
    const given = new KumaraswamyStickBreaking({ concentration, order });
    expect(given.logProbFromLog(logZ)).toBeAllClose(each.logDensity, { rtol: 1e-5, atol: 1e-5 });
    expect(given.logProb(tf.exp(logZ))).toBeAllClose(each.logDensity, { rtol: 1e-4, atol: 1e-4 });
    const random = new KumaraswamyStickBreaking({ concentration, order: "random" });
    expect(random.logProbFromLog(logZ)).toBeAllClose(each.overOrders, { rtol: 1e-5, atol: 1e-5 });
  });
});

describe.each([
  ["in the order given", {}],
  ["in another order", { order: [2, 0, 1] }],
  ["in random order", { order: "random" }],
] as const)("KumaraswamyStickBreaking %s", (_, options) => {
  const concentration = tf.tensor2d([
    [2, 3, 1.5],
    [0.7, 1, 2],
  ]);
  const build = () => new KumaraswamyStickBreaking({ concentration, ...options });
  distributionLaws(build);

  test("the density integrates to 1, and to the mean of samples", () => {
    const steps = 160;
    const points: number[][] = [];
    for (let i = 0; i < steps; i++) {
      for (let j = 0; j < steps - i; j++) {
        // Centroids of the triangles of the grid.
        points.push([(i + 1 / 3) / steps, (j + 1 / 3) / steps]);
        if (j < steps - i - 1) points.push([(i + 2 / 3) / steps, (j + 2 / 3) / steps]);
      }
    }
    const z = tf.tensor2d(points.map(([x, y]) => [x!, y!, 1 - x! - y!]));
    const relaxed = new KumaraswamyStickBreaking({ concentration: [2, 3, 1.5], ...options });
    const density = tf.exp(relaxed.logProb(z));
    const area = 1 / (2 * steps ** 2);
    expect(tf.mul(area, tf.sum(density))).toBeAllClose(1, { atol: 2e-3 });
    const mean = tf.mul(area, tf.sum(tf.mul(z, tf.expandDims(density, -1)), 0));
    const samples = relaxed.sample(createRng(3), [20_000]);
    expect(tf.mean(samples, 0)).toBeAllClose(mean, { rtol: 0, atol: 8e-3 });
  });

  test("gradients of samples are those of finite differences in the concentrations", () => {
    const f = (c: tf.Tensor) => {
      const relaxed = new KumaraswamyStickBreaking({ concentration: c, ...options });
      return tf.sum(tf.mul(relaxed.sampleLog(createRng(4), [5]), [0.3, -1, 0.5]));
    };
    const at = [0.8, 1.5, 0.6];
    const slope = tf.grad(f)(tf.tensor1d(at)).dataSync();
    for (const k of [0, 1, 2]) {
      const moved = (step: number) => f(tf.tensor1d(at.map((each, j) => each + (j === k ? step : 0)))).dataSync()[0]!;
      const difference = (moved(0.01) - moved(-0.01)) / 0.02;
      expect(slope[k]!).toBeCloseTo(difference, 1);
    }
  });

  test("hard samples are one-hot, as often as discrete() says, with the gradient of the relaxed ones", () => {
    const relaxed = new KumaraswamyStickBreaking({ concentration: [0.4, 0.8, 0.3], ...options });
    const hard = relaxed.sample(createRng(5), [10_000], { hard: true });
    expect(tf.sum(hard, -1)).toBeAllClose(tf.ones([10_000]));
    expect(tf.max(hard, -1)).toBeAllClose(tf.ones([10_000]));
    expect(tf.mean(hard, 0)).toBeAllClose(relaxed.discrete().mean(), { rtol: 0, atol: 0.023 });
    const draws = (concentration: tf.Tensor) =>
      new KumaraswamyStickBreaking({ concentration, ...options }).sample(createRng(6), [50], { hard: true });
    const f = (concentration: tf.Tensor) => tf.sum(tf.mul(draws(concentration), [1, 2, 3]));
    expect(tf.max(tf.abs(tf.grad(f)(tf.tensor1d([0.4, 0.8, 0.3])))).dataSync()[0]).toBeGreaterThan(0);
  });

  test("at concentrations of 1e-2 and 1e3 logarithms, densities and gradients stay finite", () => {
    for (const each of [
      [0.01, 0.02, 0.01],
      [1000, 500, 2000],
      [0.01, 1000, 1],
    ]) {
      const f = (c: tf.Tensor) => {
        const { value, logProb } = new KumaraswamyStickBreaking({ concentration: c, ...options }).sampleLogAndLogProb(
          createRng(7),
          [500],
        );
        expect(value.dataSync().every(Number.isFinite)).toBe(true);
        expect(logProb.dataSync().every(Number.isFinite)).toBe(true);
        return tf.add(tf.mean(logProb), tf.mean(value));
      };
      expect(tf.grad(f)(tf.tensor1d(each)).dataSync().every(Number.isFinite)).toBe(true);
    }
  });
});

describe("KumaraswamyStickBreaking", () => {
  const q = new KumaraswamyStickBreaking({ concentration: [0.8, 1.5, 0.6], order: [1, 2, 0] });
  const p = new KumaraswamyStickBreaking({ concentration: [1, 1, 1], order: [1, 2, 0] });

  test("KL of one order agrees with Monte Carlo within 4 standard errors", () => {
    const exact = klDivergence(q, p).dataSync()[0]!;
    const { value, logProb } = q.sampleLogAndLogProb(createRng(8), [20_000]);
    const terms = Array.from(tf.sub(logProb, p.logProbFromLog(value)).dataSync());
    const mean = terms.reduce((sum, each) => sum + each / terms.length, 0);
    const variance = terms.reduce((sum, each) => sum + (each - mean) ** 2 / terms.length, 0);
    expect(Math.abs(mean - exact)).toBeLessThan(4 * Math.sqrt(variance / terms.length));
    expect(klDivergence(q, q)).toBeAllClose(0, { atol: 1e-5 });
    const slope = tf.grad((concentration) =>
      klDivergence(new KumaraswamyStickBreaking({ concentration, order: [1, 2, 0] }), p),
    );
    const at = (step: number) =>
      klDivergence(
        new KumaraswamyStickBreaking({ concentration: [0.8 + step, 1.5, 0.6], order: [1, 2, 0] }),
        p,
      ).dataSync()[0]!;
    expect(slope(tf.tensor1d([0.8, 1.5, 0.6])).dataSync()[0]!).toBeCloseTo((at(0.01) - at(-0.01)) / 0.02, 2);
  });

  test("KL from a Dirichlet is that of its Beta shares, and Monte Carlo's within 4 standard errors", () => {
    const dirichlet = new Dirichlet({ concentration: [1.2, 2, 0.9] });
    const exact = klDivergence(q, dirichlet).dataSync()[0]!;
    const { value, logProb } = q.sampleAndLogProb(createRng(11), [20_000]);
    const terms = Array.from(tf.sub(logProb, dirichlet.logProb(value)).dataSync());
    const mean = terms.reduce((sum, each) => sum + each / terms.length, 0);
    const variance = terms.reduce((sum, each) => sum + (each - mean) ** 2 / terms.length, 0);
    expect(Math.abs(mean - exact)).toBeLessThan(4 * Math.sqrt(variance / terms.length));
    // Of two categories, where the first has the concentration 1, both are Beta(1, b).
    const pair = new KumaraswamyStickBreaking({ concentration: [1, 3] });
    expect(klDivergence(pair, new Dirichlet({ concentration: [1, 3] }))).toBeAllClose(0, { atol: 1e-5 });
  });

  test("KL of batches broadcasts", () => {
    const batch = new KumaraswamyStickBreaking({
      concentration: [
        [1, 1, 1],
        [2, 0.5, 1],
      ],
      order: [1, 2, 0],
    });
    expect(klDivergence(q, batch).shape).toEqual([2]);
    expect(klDivergence(q, batch).dataSync()[0]).toBeCloseTo(klDivergence(q, p).dataSync()[0]!, 4);
  });

  test("KL of different or random orders is Monte Carlo's", () => {
    const other = new KumaraswamyStickBreaking({ concentration: [1, 1, 1] });
    expect(() => klDivergence(q, other)).toThrow(
      "no closed form for (KumaraswamyStickBreaking, KumaraswamyStickBreaking)",
    );
    const random = new KumaraswamyStickBreaking({ concentration: [1, 1, 1], order: "random" });
    expect(klDivergence(random, other, { rng: createRng(9), samples: 200 }).dataSync()[0]).toBeLessThan(0.5);
  });

  test("logProb of a vertex is a limit, or refused", () => {
    expect(new KumaraswamyStickBreaking({ concentration: [0.5, 0.5, 0.5] }).logProb([1, 0, 0])).toBeAllClose(Infinity);
    expect(new KumaraswamyStickBreaking({ concentration: [3, 3, 3] }).logProb([0, 1, 0])).toBeAllClose(-Infinity);
    const strict = new KumaraswamyStickBreaking({ concentration: [3, 3, 3], validate: "values" });
    expect(() => strict.logProb([0, 1, 0])).toThrow(
      "every coordinate must be > 0 (a one-hot has no density; see discrete())",
    );
  });

  test("random orders are permutations, each as often, ties included", () => {
    const order = randomOrder(createRng(10).uniform([6000, 3]));
    expect(tf.sum(order, 1)).toBeAllClose(tf.ones([6000, 3]));
    expect(tf.sum(order, 2)).toBeAllClose(tf.ones([6000, 3]));
    const codes = tf
      .sum(
        tf.mul(order, [
          [0, 1, 2],
          [0, 10, 20],
          [0, 100, 200],
        ]),
        [1, 2],
      )
      .dataSync();
    const counts = new Map<number, number>();
    for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(1000 * (5 / 6)));
    expect(randomOrder(tf.tensor1d([0.5, 0.5, 0.5]))).toBeAllClose(tf.eye(3));
  });

  test.each([
    [
      { concentration: [1] },
      "KumaraswamyStickBreaking: concentration must have at least 2 categories on its last axis, got shape [1]",
    ],
    [
      { concentration: [1, 0] },
      "KumaraswamyStickBreaking: concentration must be a finite number > 0, got 0 at index 1",
    ],
    [
      { concentration: [1, 2], order: [0, 0] },
      "KumaraswamyStickBreaking: order must hold each of 0, ..., 1 exactly once, or be 'random', got [0,0]",
    ],
    [
      { concentration: new Array(13).fill(1), order: "random" as const },
      "KumaraswamyStickBreaking: order 'random' is for up to 12 categories, got 13",
    ],
  ])("refuses %o", (options, message) => {
    expect(() => new KumaraswamyStickBreaking(options)).toThrow(message);
  });
});
