import { Affine, Exp, SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import { loadReference } from "../../test/reference-values.js";
import { Distribution } from "../base/distribution.js";
import { Independent } from "../combinators/independent.js";
import { TransformedDistribution } from "../combinators/transformed-distribution.js";
import { Bernoulli } from "../distributions/bernoulli.js";
import { Gamma } from "../distributions/gamma.js";
import { Gumbel } from "../distributions/gumbel.js";
import type { LocationScaleOptions } from "../distributions/location-scale.js";
import { Logistic } from "../distributions/logistic.js";
import { Normal } from "../distributions/normal.js";
import { OneHotCategorical } from "../distributions/one-hot-categorical.js";
import { Uniform } from "../distributions/uniform.js";
import { createRng } from "../random/create-rng.js";
import type { Rng } from "../random/rng.js";
import { klDivergence } from "./kl-divergence.js";
import { registerKl } from "./kl-registry.js";

type Pair = [number, number];
const { kl } = loadReference<{ kl: { family: string; q: Pair; p: Pair; value: number }[] }>("univariate");
const classes: Record<string, new (options: LocationScaleOptions) => Distribution> = { Normal, Gumbel, Logistic };

describe("closed forms against quadrature (test/reference/generate_univariate.py)", () => {
  test.each(kl)("$family $q against $p", ({ family, q, p, value }) => {
    const build = ([loc, scale]: Pair) => new classes[family]!({ loc, scale });
    const tolerance = { rtol: 2e-6, atol: family === "Gumbel" ? 2e-6 : 2e-10 };
    expect(klDivergence(build(q), build(p))).toBeAllClose(value, tolerance);
  });

  test.each([1e-12, 1e-8, 1e-6, 1e-3, 0.49, 0.51, 1.49, 1.51, 1e6])("Normal scales of ratio %d", (given) => {
    const ratio = Math.fround(given);
    const f = (scale: tf.Tensor) => klDivergence(new Normal({ loc: 0, scale }), new Normal({ loc: 0, scale: 1 }));
    const expected = (ratio ** 2 - 1) / 2 - Math.log(ratio);
    expect(f(tf.scalar(ratio))).toBeAllClose(expected, { rtol: 1e-6, atol: 1e-6 });
    expect(tf.grad(f)(tf.scalar(ratio))).toBeAllClose(ratio - 1 / ratio, { rtol: 1e-5, atol: 1e-6 });
  });

  test.each([0.49, 0.51, 60, 89, 160, 1e4])("Logistic locations %d apart", (distance) => {
    const f = (loc: tf.Tensor) => klDivergence(new Logistic({ loc, scale: 1 }), new Logistic({ loc: 0, scale: 1 }));
    const coth = 1 / Math.tanh(distance / 2);
    expect(f(tf.scalar(distance))).toBeAllClose(distance * coth - 2, { rtol: 1e-6, atol: 1e-6 });
    // d/da a coth(a / 2) = coth(a / 2) - a / 2 / sinh(a / 2)^2
    const slope = coth - distance / 2 / Math.sinh(distance / 2) ** 2;
    expect(tf.grad(f)(tf.scalar(distance))).toBeAllClose(slope, { rtol: 1e-5, atol: 1e-6 });
  });

  test.each(kl.filter(({ value }) => value > 1e-3))("Monte Carlo: $family $q against $p", ({ family, q, p, value }) => {
    // Forty equal pairs in a batch: forty estimates.
    const build = ([loc, scale]: Pair) => new classes[family]!({ loc: tf.fill([40], loc), scale });
    const given = { method: "monte-carlo", rng: createRng(family), samples: 500 } as const;
    const estimates = Array.from(klDivergence(build(q), build(p), given).dataSync());
    const mean = estimates.reduce((sum, x) => sum + x / 40, 0);
    const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2 / 39, 0);
    expect(Math.abs(mean - value) / Math.sqrt(variance / 40)).toBeLessThan(4);
  });

  test("Bernoulli and categorical pairs, float64 sums", () => {
    const [p, r] = [0.3, 0.9].map(Math.fround) as [number, number];
    const expected = p * Math.log(p / r) + (1 - p) * Math.log((1 - p) / (1 - r));
    const logit = (p: number) => Math.log(p / (1 - p));
    expect(klDivergence(new Bernoulli({ probs: p }), new Bernoulli({ probs: r }))).toBeAllClose(expected);
    expect(klDivergence(new Bernoulli({ logits: logit(p) }), new Bernoulli({ probs: r }))).toBeAllClose(expected);
    const [a, b] = [
      [0.2, 0.3, 0.5],
      [0.6, 0.3, 0.1],
    ] as [number[], number[]];
    const sum = a.reduce((total, p, k) => total + p * Math.log(p / b[k]!), 0);
    expect(klDivergence(new OneHotCategorical({ probs: a }), new OneHotCategorical({ probs: b }))).toBeAllClose(sum);
    const logits = a.map((p) => Math.log(p) + 7);
    expect(klDivergence(new OneHotCategorical({ logits }), new OneHotCategorical({ probs: b }))).toBeAllClose(sum);
  });

  test("what q excludes costs nothing, what p excludes is infinite", () => {
    const all = new OneHotCategorical({ probs: [0.25, 0.25, 0.5] });
    const some = new OneHotCategorical({ probs: [0.5, 0, 0.5] });
    expect(klDivergence(some, all)).toBeAllClose(0.5 * Math.log(2));
    expect(klDivergence(all, some)).toBeAllClose(Infinity);
    expect(klDivergence(some, some)).toBeAllClose(0);
    expect(klDivergence(new Bernoulli({ probs: [0, 0, 1] }), new Bernoulli({ probs: [0, 1, 0.5] }))).toBeAllClose([
      0,
      Infinity,
      Math.LN2,
    ]);
  });

  test("extreme logits: 160 apart, finite and right, with finite gradients", () => {
    const q = tf.tensor1d([80, -80]);
    const p = tf.tensor1d([-80, 80]);
    const value = (q: tf.Tensor, p: tf.Tensor) =>
      klDivergence(new Bernoulli({ logits: q }), new Bernoulli({ logits: p }));
    expect(value(q, p)).toBeAllClose([80, 80]);
    const gradients = tf.grads((q: tf.Tensor, p: tf.Tensor) => tf.sum(value(q, p)))([q, p]);
    // d/dp = sigmoid(p) - sigmoid(q).
    expect(gradients[1]!).toBeAllClose([-1, 1]);
    expect(Array.from(gradients[0]!.dataSync()).every(Number.isFinite)).toBe(true);
  });

  test("gradients of the Logistic form run through 0 and across the seam of its two branches", () => {
    const slope = (d: number) =>
      tf.grad((loc: tf.Tensor) => klDivergence(new Logistic({ loc, scale: 1 }), new Logistic({ loc: 0, scale: 1 })))(
        tf.scalar(d),
      );
    // d/da (a coth(a / 2)) = coth(a / 2) - (a / 2) / sinh(a / 2)^2.
    for (const d of [-3, -0.51, -0.49, 0.001, 0.49, 0.51, 5]) {
      const half = Math.fround(d) / 2;
      expect(slope(d)).toBeAllClose(1 / Math.tanh(half) - half / Math.sinh(half) ** 2, { rtol: 1e-4, atol: 1e-7 });
    }
    expect(slope(0)).toBeAllClose(0);
  });
});

describe("Independent and TransformedDistribution", () => {
  const q = () => new Normal({ loc: tf.tensor2d([[0, 1, 2]]), scale: [1, 2, 3] });
  const p = () => new Normal({ loc: 0.5, scale: tf.ones([4, 3]) });

  test("Independent sums, and batches broadcast", () => {
    const divergence = klDivergence(new Independent(q(), 1), new Independent(p(), 1));
    expect(divergence).toBeAllClose(tf.sum(klDivergence(q(), p()), 1));
    expect(divergence.shape).toEqual([4]);
  });

  test("Independent counts each member where a rule's result is the same for all of them", () => {
    class Unit extends Normal {}
    registerKl(Unit, Unit, () => tf.scalar(2));
    const unit = () => new Independent(new Unit({ loc: tf.zeros([4, 3]), scale: 1 }), 1);
    expect(klDivergence(unit(), unit())).toBeAllClose([6, 6, 6, 6]);
  });

  test("the Logistic form needs one scale: the same tensor or equal numbers, since no tensor is read", () => {
    const [scale, equal] = [tf.scalar(2), tf.scalar(2)];
    const logistic = (loc: number, scale: tf.Tensor | number) => new Logistic({ loc, scale });
    const expected = klDivergence(logistic(1, 2), logistic(0, 2));
    expect(klDivergence(logistic(1, scale), logistic(0, scale))).toBeAllClose(expected);
    for (const other of [equal, 2]) {
      expect(() => klDivergence(logistic(1, scale), logistic(0, other))).toThrow(
        "no closed form for (Logistic, Logistic)",
      );
    }
  });

  test("equal bijectors cancel; others leave no closed form", () => {
    const transformed = (distribution: Distribution, scale: number) =>
      new TransformedDistribution({ distribution, bijector: new Affine({ shift: 1, scale }) });
    expect(klDivergence(transformed(q(), 2), transformed(p(), 2))).toBeAllClose(klDivergence(q(), p()));
    expect(() => klDivergence(transformed(q(), 2), transformed(p(), 3))).toThrow(
      "klDivergence: no closed form for (TransformedDistribution(Normal), TransformedDistribution(Normal)): their bijectors are not known to be equal, Affine and Affine; pass { rng, samples } for a Monte Carlo estimate",
    );
  });

  test("Monte Carlo in the place of a closed form, on the simplex, within 4 standard errors", () => {
    const simplex = (loc: number[], scale: number) =>
      new TransformedDistribution({
        distribution: new Independent(new Normal({ loc, scale }), 1),
        bijector: new SoftmaxPlusPlus({ temperature: 0.8 }),
      });
    const [q, p] = [simplex([0.5, -0.2], 0.6), simplex([0, 0], 1)];
    const exact = klDivergence(q, p).dataSync()[0]!;
    for (const stickTheLanding of [false, true]) {
      const values = Array.from(
        { length: 30 },
        (_, i) =>
          klDivergence(q, p, {
            method: "monte-carlo",
            rng: createRng(i),
            samples: 300,
            stickTheLanding,
          }).dataSync()[0]!,
      );
      const mean = values.reduce((sum, x) => sum + x / 30, 0);
      const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2 / 29, 0) / 30);
      expect(Math.abs(mean - exact) / error).toBeLessThan(4);
    }
  });
});

describe("registerKl", () => {
  test("a rule is asked once, and a reason that it gives ends the error", () => {
    class Line extends Normal {}
    const rule = vi.fn((): string => "lines of two slopes");
    registerKl(Line, Line, rule);
    const line = new Line({ loc: 0, scale: 1 });
    // The rule of Normal holds for its subclass: the next nearest.
    expect(klDivergence(line, line)).toBeAllClose(0);
    expect(rule).toHaveBeenCalledTimes(1);
    const [uniform, gamma] = [new Uniform({ low: 0, high: 1 }), new Gamma({ concentration: 1, rate: 1 })];
    const own = vi.fn((): string => "one of them is bounded");
    registerKl(Uniform, Gamma, own);
    expect(() => klDivergence(uniform, gamma)).toThrow(
      "klDivergence: no closed form for (Uniform, Gamma): one of them is bounded; pass { rng, samples } for a Monte Carlo estimate",
    );
    expect(own).toHaveBeenCalledTimes(1);
    klDivergence(uniform, gamma, { rng: createRng(1) });
    expect(own).toHaveBeenCalledTimes(2);
  });

  test("a pair without a rule: the error names registerKl", () => {
    const [gamma, uniform] = [new Gamma({ concentration: 1, rate: 1 }), new Uniform({ low: 0, high: 1 })];
    expect(() => klDivergence(gamma, uniform)).toThrow(
      "klDivergence: no closed form for (Gamma, Uniform); pass { rng, samples } for a Monte Carlo estimate, or teach it one by registerKl",
    );
  });

  class Point extends Distribution {
    readonly isReparameterized = true;
    constructor(
      readonly at: number,
      name = "Point",
    ) {
      super(name, { batchShape: [], eventShape: [] });
    }
    protected override _sample(_rng: Rng, shape: readonly number[]): tf.Tensor {
      return tf.fill(shape.slice(), this.at);
    }
    protected override _logProb(x: tf.Tensor): tf.Tensor {
      return tf.zerosLike(x);
    }
  }
  class Nearer extends Point {}
  class Nearest extends Nearer {}

  test("adds a pair; subclasses inherit it, the nearest rule wins, undefined passes on", () => {
    registerKl(Point, Point, (q, p) => tf.scalar(Math.abs(q.at - p.at)));
    expect(klDivergence(new Nearest(1), new Nearer(3))).toBeAllClose(2);
    registerKl(Nearer, Point, () => tf.scalar(100));
    expect(klDivergence(new Nearest(1), new Point(3))).toBeAllClose(100);
    expect(klDivergence(new Point(1), new Nearest(3))).toBeAllClose(2);
    registerKl(Nearest, Nearest, (q) => (q.at === 0 ? tf.scalar(7) : undefined));
    expect(klDivergence(new Nearest(0), new Nearest(3))).toBeAllClose(7);
    expect(klDivergence(new Nearest(1), new Nearest(3))).toBeAllClose(100);
    registerKl(Nearest, Nearest, () => tf.scalar(8));
    expect(klDivergence(new Nearest(0), new Nearest(3))).toBeAllClose(8);
  });

  test("refuses what is no pair of classes", () => {
    expect(() => registerKl(Point, Point, undefined as never)).toThrow(TypeError);
  });
});

describe("refuses", () => {
  const normal = new Normal({ loc: [0, 1], scale: 1 });
  test.each([
    [
      "other events",
      () => klDivergence(new Independent(normal, 1), normal),
      "must have the same event shape, got [2] and []",
    ],
    [
      "batches that do not broadcast",
      () => klDivergence(normal, new Normal({ loc: [1, 2, 3], scale: 1 })),
      "klDivergence: shapes must broadcast against each other, got batch of q [2], batch of p [3]",
    ],
    [
      "what is no distribution",
      () => klDivergence(normal, 3 as never),
      "klDivergence: p must be a distribution, got 3",
    ],
    ["an unknown method", () => klDivergence(normal, normal, { method: "exact" as never }), "got 'exact'"],
    [
      "Monte Carlo without rng",
      () => klDivergence(normal, normal, { method: "monte-carlo" }),
      "(Normal, Normal) needs rng",
    ],
    [
      "no samples",
      () => klDivergence(normal, normal, { method: "monte-carlo", rng: createRng(1), samples: 0 }),
      "samples must be a whole number >= 1, got 0",
    ],
    [
      "the categorical form of Gaussians",
      () => klDivergence(normal, normal, { method: "categorical" }),
      "method 'categorical' is for discrete or relaxed distributions, got (Normal, Normal)",
    ],
    [
      "stickTheLanding of what is not reparameterized",
      () => {
        const bernoulli = new Bernoulli({ probs: 0.5 });
        return klDivergence(bernoulli, bernoulli, { method: "monte-carlo", rng: createRng(1), stickTheLanding: true });
      },
      "stickTheLanding needs reparameterized samples, and Bernoulli has none",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test("the categorical method on discrete pairs is their closed form", () => {
  const [q, p] = [new OneHotCategorical({ logits: [0, 1] }), new OneHotCategorical({ logits: [0, -1] })];
  expect(klDivergence(q, p, { method: "categorical" })).toBeAllClose(klDivergence(q, p));
});

test("the exponential of Gaussians has the Gaussians' divergence", () => {
  const logNormal = (loc: number) =>
    new TransformedDistribution({ distribution: new Normal({ loc, scale: 1 }), bijector: new Exp() });
  expect(klDivergence(logNormal(0), logNormal(2))).toBeAllClose(2);
});
