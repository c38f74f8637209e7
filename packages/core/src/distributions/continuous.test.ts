import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { continuousLaws, distributionLaws } from "../../test/distribution-laws.js";
import { loadReference } from "../../test/reference-values.js";
import {
  Bernoulli,
  Beta,
  Binomial,
  Categorical,
  createRng,
  Dirichlet,
  type Distribution,
  Gamma,
  Geometric,
  Kumaraswamy,
  klDivergence,
  Laplace,
  MultivariateNormalTriL,
  Normal,
  Poisson,
  Uniform,
} from "../index.js";
import { digamma, digammaGap } from "../special/digamma.js";
import { logDrawSlope } from "../special/gamma-draw.js";

type Parameters = Readonly<Record<string, tf.TensorLike | tf.Tensor>>;

interface Reference {
  readonly univariate: readonly {
    readonly family: string;
    readonly parameters: Readonly<Record<string, number>>;
    readonly points: readonly { x: number; logProb: number; logCdf: number; logSurvival: number }[];
    readonly mean: number;
    readonly variance: number;
    readonly entropy: number;
  }[];
  readonly gammaSlopes: readonly { a: number; logX: number; slope: number }[];
  readonly digamma: readonly { x: number; value: number; gap: number; slope: number }[];
  readonly vectors: readonly {
    readonly family: string;
    readonly parameters: Parameters;
    readonly x: readonly number[];
    readonly logProb: number;
    readonly variance: readonly number[];
    readonly entropy: number;
  }[];
  readonly kl: readonly {
    readonly family: string;
    readonly q: Parameters;
    readonly p: Parameters;
    readonly value: number;
  }[];
}

const reference = loadReference<Reference>("continuous");

const classes: Record<string, new (options: never) => Distribution> = {
  Bernoulli,
  Beta,
  Binomial,
  Categorical,
  Dirichlet,
  Gamma,
  Geometric,
  Kumaraswamy,
  Laplace,
  MultivariateNormalTriL,
  Normal,
  Poisson,
  Uniform,
};

function make(family: string, parameters: Parameters, validate: "shapes" | "values" = "shapes"): Distribution {
  return new classes[family]!({ ...parameters, validate } as never);
}

const label = (parameters: Parameters) =>
  JSON.stringify(parameters, (_, v) => (typeof v === "number" ? +v.toPrecision(4) : v));

describe.each(reference.univariate.map((entry) => ({ ...entry, title: `${entry.family}${label(entry.parameters)}` })))(
  "$title against scipy and mpmath",
  ({ family, parameters, points, mean, variance, entropy }) => {
    const distribution = make(family, parameters);
    const x = points.map((point) => point.x);

    test("log-density", () => {
      // TensorFlow's log of the same number may differ in the last bit between two tensors: 4e-6 at log(1e-20).
      const atol = tf.getBackend() === "tensorflow" ? 8e-6 : 2e-6;
      expect(distribution.logProb(x)).toBeAllClose(
        points.map(({ logProb }) => logProb),
        { rtol: 1e-5, atol },
      );
    });

    test("both tails to 1e-5 relatively in logs", () => {
      const logCdf = distribution.logCdf(x).dataSync();
      const logSurvival = distribution.logSurvival(x).dataSync();
      for (const [index, point] of points.entries()) {
        const tolerance = 1e-5 * Math.max(1, -Math.min(point.logCdf, point.logSurvival));
        const rtol = (log: number) => (log > -0.1 ? tolerance : 1e-5);
        expect(tf.scalar(logCdf[index]!)).toBeAllClose(point.logCdf, { rtol: rtol(point.logCdf), atol: 1e-37 });
        expect(tf.scalar(logSurvival[index]!)).toBeAllClose(point.logSurvival, {
          rtol: rtol(point.logSurvival),
          atol: 1e-37,
        });
      }
    });

    test("mean, variance, entropy", () => {
      expect(distribution.mean()).toBeAllClose(mean, { rtol: 1e-5 });
      expect(distribution.variance()).toBeAllClose(variance, { rtol: 1e-4 });
      expect(distribution.entropy()).toBeAllClose(entropy, { rtol: 2e-6, atol: 2e-6 });
    });

    test("gradients of the log-density against differences", () => {
      for (const [name, value] of Object.entries(parameters)) {
        const at = (v: number) =>
          distribution &&
          make(family, { ...parameters, [name]: v })
            .logProb(x[Math.floor(x.length / 2) + 1]!)
            .dataSync()[0]!;
        const step = (name === "loc" ? parameters.scale! : value) * 2e-2;
        // Richardson's combination of two central differences.
        const coarse = (at(value + step) - at(value - step)) / (Math.fround(value + step) - Math.fround(value - step));
        const half = step / 2;
        const fine = (at(value + half) - at(value - half)) / (Math.fround(value + half) - Math.fround(value - half));
        const expected = (4 * fine - coarse) / 3;
        const slope = tf.grad((v: tf.Tensor) =>
          make(family, { ...parameters, [name]: v }).logProb(x[Math.floor(x.length / 2) + 1]!),
        )(tf.scalar(value));
        expect(slope).toBeAllClose(expected, { rtol: 1e-2, atol: (2e-6 * Math.max(1, Math.abs(at(value)))) / half });
      }
    });
  },
);

describe("laws of distributions", () => {
  const builds: Record<string, () => Distribution> = {
    "Beta, batch [2, 3]": () => new Beta({ concentration1: tf.tensor2d([[0.5], [20]]), concentration0: [1, 0.7, 30] }),
    "Gamma, batch [4]": () => new Gamma({ concentration: [0.3, 1, 5, 200], rate: tf.tensor1d([1, 2, 0.1, 30]) }),
    "Kumaraswamy, batch [3]": () =>
      new Kumaraswamy({ concentration1: [0.5, 2, 1], concentration0: tf.tensor1d([0.7, 5, 1]) }),
    "Laplace, batch [2]": () => new Laplace({ loc: [0, 100], scale: [0.1, 3] }),
    "Uniform, batch [2]": () => new Uniform({ low: tf.tensor1d([-1, 5]), high: [3, 5.5] }),
    "Dirichlet, batch [2]": () =>
      new Dirichlet({
        concentration: [
          [1, 2, 3],
          [0.4, 0.7, 30],
        ],
      }),
    "MultivariateNormalTriL, batch [2]": () =>
      new MultivariateNormalTriL({
        loc: [
          [0, 1],
          [3, -1],
        ],
        scaleTril: tf.tensor2d([
          [1, 0],
          [0.8, 0.6],
        ]),
      }),
    "MultivariateNormalTriL, batch of factors": () =>
      new MultivariateNormalTriL({
        loc: [0, 1],
        scaleTril: tf.tensor3d([
          [
            [1, 0],
            [0.8, 0.6],
          ],
          [
            [2, 0],
            [-3, 0.1],
          ],
        ]),
      }),
  };
  describe.each(Object.keys(builds))("%s", (name) => distributionLaws(builds[name]!));
});

describe("laws of continuous distributions", () => {
  const builds: Record<string, [() => Distribution, { low: number; high: number }]> = {
    Beta: [() => new Beta({ concentration1: 2, concentration0: 3 }), { low: 0, high: 1 }],
    Gamma: [() => new Gamma({ concentration: 2.5, rate: 2 }), { low: 0, high: 15 }],
    Kumaraswamy: [() => new Kumaraswamy({ concentration1: 2, concentration0: 3 }), { low: 0, high: 1 }],
    Laplace: [() => new Laplace({ loc: 1, scale: 0.5 }), { low: -9, high: 11 }],
    Uniform: [() => new Uniform({ low: -1, high: 3 }), { low: -1, high: 3 }],
  };
  describe.each(Object.keys(builds))("%s", (name) => continuousLaws(...builds[name]!));
});

test.each(reference.digamma)("digamma($x) and its slope", ({ x, value, gap, slope }) => {
  expect(digamma(tf.scalar(x))).toBeAllClose(value, { atol: 1e-6, rtol: 1e-6 });
  expect(digammaGap(tf.scalar(x))).toBeAllClose(gap, { atol: 0, rtol: 1e-6 });
  expect(tf.grad(digamma)(tf.scalar(x))).toBeAllClose(slope, { rtol: 1e-5 });
});

test("the gradient of a gamma draw is that of its quantile", () => {
  const a = tf.tensor1d(reference.gammaSlopes.map((entry) => entry.a));
  const logX = tf.tensor1d(reference.gammaSlopes.map((entry) => entry.logX));
  expect(logDrawSlope(a, logX)).toBeAllClose(
    reference.gammaSlopes.map(({ slope }) => slope),
    { rtol: 2e-5, atol: 1e-9 },
  );
});

test("gradients of means through samples are the gradients of the means, within 4 standard errors", () => {
  const draws = 20_000;
  const check = (f: (p: tf.Tensor) => tf.Tensor, at: number, expected: number) => {
    // One parameter a draw, so that each has its own gradient.
    const slopes = tf
      .grad(f)(tf.fill([draws], at))
      .dataSync<"float32">();
    const mean = slopes.reduce((sum, v) => sum + v, 0) / draws;
    const variance = slopes.reduce((sum, v) => sum + (v - mean) ** 2, 0) / draws;
    expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(variance / draws) + 1e-6);
  };
  check((a) => new Gamma({ concentration: a, rate: 2 }).sample(createRng(1)), 0.7, 0.5);
  check((rate) => new Gamma({ concentration: 3, rate }).sample(createRng(2)), 2, -0.75);
  check((a) => tf.square(new Gamma({ concentration: a }).sample(createRng(3))), 5, 11);
  check((a) => new Beta({ concentration1: a, concentration0: 3 }).sample(createRng(4)), 2, 3 / 25);
  check((b) => new Beta({ concentration1: 2, concentration0: b }).sample(createRng(5)), 0.3, -2 / 2.3 ** 2);
});

describe.each(reference.vectors.map((entry) => ({ ...entry, title: `${entry.family}${label(entry.parameters)}` })))(
  "$title against torch",
  ({ family, parameters, x, logProb, variance, entropy }) => {
    test("log-density, variance, entropy", () => {
      const distribution = make(family, parameters);
      expect(distribution.logProb(x as number[])).toBeAllClose(logProb, { rtol: 1e-5, atol: 1e-5 });
      expect(distribution.variance()).toBeAllClose(variance, { rtol: 1e-5 });
      expect(distribution.entropy()).toBeAllClose(entropy, { rtol: 1e-5, atol: 1e-5 });
    });
  },
);

test.each(
  reference.kl.map((entry) => ({ ...entry, title: `${entry.family}: ${label(entry.q)} || ${label(entry.p)}` })),
)("the divergence is torch's: $title", ({ family, q, p, value }) => {
  expect(klDivergence(make(family, q), make(family, p))).toBeAllClose(value, { rtol: 2e-5, atol: 1e-7 });
  const itself = family === "Laplace" || family === "Uniform" ? 1e-7 : 1e-6;
  expect(klDivergence(make(family, q), make(family, q))).toBeAllClose(0, { atol: itself });
});

test("divergences have the gradient of their parameters", () => {
  const slope = tf.grad((a: tf.Tensor) =>
    klDivergence(
      new Beta({ concentration1: a, concentration0: 5 }),
      new Beta({ concentration1: 1, concentration0: 1 }),
    ),
  )(tf.scalar(2));
  // d/da of KL(Beta(a, b) || Beta(1, 1)) = (a - 1) trigamma(a) - (a + b - 2) trigamma(a + b).
  const trigamma = (x: number) => {
    let sum = 0;
    for (let n = 0; n < 1e6; n++) sum += 1 / (x + n) ** 2;
    return sum + 1 / (x + 1e6);
  };
  expect(slope).toBeAllClose(trigamma(2) - 5 * trigamma(7), { rtol: 1e-4 });
});

test("modes are where the density is largest, and NaN where no inner point is", () => {
  const beta = new Beta({ concentration1: [2, 5, 1, 3, 0.5], concentration0: [3, 1.5, 4, 1, 0.5] });
  const rounded = (modes: tf.Tensor) => [...modes.dataSync()].map((x) => Math.round(x * 1e6) / 1e6);
  expect(rounded(beta.mode())).toEqual([0.333333, 0.888889, 0, 1, Number.NaN]);
  const kumaraswamy = new Kumaraswamy({ concentration1: [2, 3, 1, 0.5, 2], concentration0: [3, 1, 4, 2, 0.5] });
  const dirichlet = new Dirichlet({
    concentration: [
      [2, 3, 1],
      [0.5, 2, 2],
    ],
  });
  expect(rounded(kumaraswamy.mode())).toEqual([0.447214, 1, 0, Number.NaN, Number.NaN]);
  expect(rounded(dirichlet.mode())).toEqual([0.333333, 0.666667, 0, Number.NaN, Number.NaN, Number.NaN]);
  // Against the largest on a grid.
  const grid = tf.linspace(0.0005, 0.9995, 1000);
  for (const distribution of [
    new Beta({ concentration1: 2.3, concentration0: 4 }),
    new Kumaraswamy({ concentration1: 2.3, concentration0: 4 }),
  ]) {
    const best = grid.dataSync()[tf.argMax(distribution.logProb(grid)).dataSync()[0] as number] as number;
    expect(Math.abs((distribution.mode().dataSync()[0] as number) - best), distribution.name).toBeLessThan(1.1e-3);
  }
});
