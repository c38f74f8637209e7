import { Planar } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { reference } from "../../test/relaxed-reference.js";
import type { Distribution } from "../base/distribution.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "./concrete.js";
import { ExpConcrete } from "./exp-concrete.js";
import { IGR, type IGROptions } from "./igr.js";

const repeats = 20;

/** A temperature that makes a batch of equal distributions: one call then gives independent estimates. */
const repeated = (temperature: number) => tf.fill([repeats], temperature);

function meanAndError(values: ArrayLike<number>) {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
  return { mean, standardError: Math.sqrt(variance / all.length) };
}

/** Mean of the estimates of a batch of equal pairs, of `draws` draws in all, and its standard error. */
function estimate(q: Distribution, p: Distribution, draws: number) {
  const estimates = klDivergence(q, p, { method: "monte-carlo", rng: createRng(11), samples: draws / repeats });
  expect(estimates.shape).toEqual([repeats]);
  return meanAndError(estimates.dataSync());
}

describe.each(reference.concreteDivergences)("KL of Concrete $q at $qTemperature from $p at $pTemperature", (given) => {
  const [q, p] = [
    { temperature: repeated(given.qTemperature), logits: given.q },
    { temperature: repeated(given.pTemperature), logits: given.p },
  ];

  test.each([
    ["Concrete", new Concrete(q), new Concrete(p)],
    ["ExpConcrete", new ExpConcrete(q), new ExpConcrete(p)],
  ])("Monte Carlo of %s pairs agrees with quadrature within four standard errors", (_name, a, b) => {
    const { mean, standardError } = estimate(a, b, 10_000);
    expect(Math.abs(mean - given.kl)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(0.05);
  });
});

test.each([0.01, 0.5, 5])("for two categories of equal temperature %d it is d coth(d / 2) - 2", (temperature) => {
  for (const d of [0.5, 4, 80]) {
    const q = new Concrete({ temperature: repeated(temperature), logits: [d, 0] });
    const p = new Concrete({ temperature, logits: [0, 0] });
    const { mean, standardError } = estimate(q, p, 8000);
    const exact = d / Math.tanh(d / 2) - 2;
    expect(Math.abs(mean - exact), `d = ${d}`).toBeLessThan(4 * standardError + 1e-4 * exact);
  }
});

test("the divergence of the discrete distributions (eq 9) is another number", () => {
  const q = new Concrete({ temperature: 0.5, logits: [80, 0] });
  const p = new Concrete({ temperature: 0.5, logits: [0, 0] });
  expect(klDivergence(q, p, { method: "categorical" })).toBeAllClose([Math.log(2)]);
  expect(() => klDivergence(q, p)).toThrow("no closed form for (Concrete, Concrete)");
});

test("that of IGR pairs is of their argmax, whatever the transforms", () => {
  const q = new IGR({ loc: [0.5, -1], scale: [1, 0.3], temperature: 0.5 });
  const p = new IGR({ loc: [0, 0], scale: 1, temperature: 0.2, transform: "interpolation" });
  const [a, b] = [q, p].map((igr) => [...igr.discreteProbs().dataSync()]) as [number[], number[]];
  const expected = a.reduce((sum, probability, k) => sum + probability * Math.log(probability / (b[k] as number)), 0);
  expect(klDivergence(q, p, { method: "categorical" })).toBeAllClose([expected], { atol: 1e-5 });
  const slope = tf.grad((loc) =>
    klDivergence(new IGR({ loc, scale: 1, temperature: 0.5 }), p, { method: "categorical" }),
  )(tf.tensor1d([0.5, -1]));
  expect(slope.dataSync().every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
});

test("at q = p stickTheLanding makes the gradient exactly 0, where it is noise without", () => {
  const logits = tf.tensor1d([0.5, -0.3, 1]);
  const slope = (stickTheLanding: boolean) =>
    tf.grad((l) =>
      klDivergence(new ExpConcrete({ temperature: 0.5, logits: l }), new ExpConcrete({ temperature: 0.5, logits }), {
        method: "monte-carlo",
        rng: createRng(1),
        samples: 5,
        stickTheLanding,
      }),
    )(tf.clone(logits));
  expect(slope(true)).toBeAllClose([0, 0, 0], { atol: 1e-6 });
  expect(tf.max(tf.abs(slope(false))).dataSync()[0]).toBeGreaterThan(1e-3);
});

test("both gradients have the same mean, that of the exact divergence", () => {
  // d/dd (d coth(d/2) - 2) at d = 1.
  const d = 1;
  const exact = 1 / Math.tanh(d / 2) - d / 2 / Math.sinh(d / 2) ** 2;
  for (const stickTheLanding of [false, true]) {
    // One estimate for each of the equal distances.
    const slope = tf.grad((l) =>
      klDivergence(
        new Concrete({ temperature: 0.5, logits: tf.mul(tf.expandDims(l, 1), [1, 0]) }),
        new Concrete({ temperature: 0.5, logits: [0, 0] }),
        { method: "monte-carlo", rng: createRng(4), samples: 400, stickTheLanding },
      ),
    );
    const { mean, standardError: error } = meanAndError(slope(tf.fill([repeats], d)).dataSync());
    expect(Math.abs(mean - exact), `stickTheLanding ${stickTheLanding}`).toBeLessThan(4 * error);
  }
});

describe("KL of two IGRs", () => {
  const q: IGROptions = { loc: [0.3, -0.5, 1], scale: [0.8, 1.2, 0.4], temperature: 0.6 };
  const p: IGROptions = { loc: [0, 0.2, -1], scale: [1, 0.9, 1.5], temperature: 0.6 };
  const numbers = (options: IGROptions) => [options.loc, options.scale] as [number[], number[]];
  const gaussian = ([l, s]: [number[], number[]], [l0, s0]: [number[], number[]]) =>
    l.reduce((sum, _, k) => {
      const distance = ((l[k]! - l0[k]!) / s0[k]!) ** 2;
      return sum + Math.log(s0[k]! / s[k]!) + ((s[k]! / s0[k]!) ** 2 + distance - 1) / 2;
    }, 0);

  test.each(["softmax++", "stick-breaking", "interpolation"] as const)(
    "of one %s is that of the Gaussians",
    (transform) => {
      const [a, b] = [new IGR({ ...q, transform }), new IGR({ ...p, transform })];
      expect(klDivergence(a, b)).toBeAllClose([gaussian(numbers(q), numbers(p))], { rtol: 1e-5 });
      expect(klDivergence(a, a)).toBeAllClose([0], { atol: 0 });
      const temperature = repeated(0.6);
      const [many, others] = [new IGR({ ...q, transform, temperature }), new IGR({ ...p, transform, temperature })];
      const { mean, standardError } = estimate(many, others, 8000);
      expect(Math.abs(mean - gaussian(numbers(q), numbers(p)))).toBeLessThan(4 * standardError + 1e-4);
    },
  );

  test("of two softmax++ of any temperature and delta is closed, and is what Monte Carlo gives", () => {
    const [a, b] = [new IGR(q), new IGR({ ...p, temperature: 0.4, delta: 0.5 })];
    const ratios = ([l, s]: [number[], number[]], temperature: number, delta: number): [number[], number[]] => [
      l.map((value) => value / temperature - Math.log(delta)),
      s.map((value) => value / temperature),
    ];
    const exact = gaussian(ratios(numbers(q), 0.6, 0.1), ratios(numbers(p), 0.4, 0.5));
    expect(klDivergence(a, b, { method: "closed" })).toBeAllClose([exact], { rtol: 1e-5 });
    const { mean, standardError } = estimate(new IGR({ ...q, temperature: repeated(0.6) }), b, 8000);
    expect(Math.abs(mean - exact)).toBeLessThan(4 * standardError);
  });

  test.each([
    {
      ofQ: { transform: "stick-breaking", temperature: 0.6 },
      ofP: { transform: "stick-breaking", temperature: 0.5 },
      reason: "both have the transform 'stick-breaking', whose parameters are not known to be equal",
    },
    {
      ofQ: { transform: "softmax++", temperature: 0.6 },
      ofP: { transform: "interpolation", temperature: 0.6 },
      reason: "their transforms differ, 'softmax++' and 'interpolation'",
    },
  ] as const)("of other pairs has no closed form, and the error says why: $ofQ and $ofP", ({ ofQ, ofP, reason }) => {
    expect(() => klDivergence(new IGR({ ...q, ...ofQ }), new IGR({ ...p, ...ofP }))).toThrow(
      `klDivergence: no closed form for (IGR, IGR): ${reason}; pass { rng, samples } for a Monte Carlo estimate, or method: 'categorical' for that of the discrete ones`,
    );
  });

  test("a trainable flow is the same one by identity", () => {
    const u = tf.variable(tf.tensor1d([0.5, -0.2, 0.1]));
    const flow = () => new Planar({ u, w: [1, 0.3, -1], b: 0.1 });
    const [a, b] = [new IGR({ ...q, transform: flow() }), new IGR({ ...p, transform: flow() })];
    expect(klDivergence(a, b)).toBeAllClose([gaussian(numbers(q), numbers(p))], { rtol: 1e-5 });
    const copy = new Planar({ u: tf.variable(u), w: [1, 0.3, -1], b: 0.1 });
    expect(() => klDivergence(a, new IGR({ ...p, transform: copy }))).toThrow("no closed form");
  });

  test("has the batch shape of both, and finite gradients at extreme locations", () => {
    const loc = tf.tensor2d([
      [80, -80, 0],
      [0, 0, 0],
    ]);
    const a = new IGR({ loc, scale: tf.ones([3]), temperature: tf.tensor1d([0.01, 0.5]) });
    const b = new IGR({ loc: [0, 0, 0], scale: 1, temperature: 0.01 });
    // Member 2: deviations 1 / 0.5 and 1 / 0.01 of the log-ratios, whose means are equal.
    const second = 3 * (Math.log(50) + (0.02 ** 2 - 1) / 2);
    expect(klDivergence(a, b)).toBeAllClose([6400, second], { rtol: 1e-5 });
    const slope = tf.grad((l) => tf.sum(klDivergence(new IGR({ loc: l, scale: 1, temperature: 0.01 }), b)))(loc);
    expect([...slope.dataSync()].every(Number.isFinite)).toBe(true);
  });
});
