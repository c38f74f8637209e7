import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { continuousLaws, distributionLaws } from "../../test/distribution-laws.js";
import { loadReference } from "../../test/reference-values.js";
import { chiSquareScore } from "../../test/statistics.js";
import {
  Categorical,
  Cauchy,
  ContinuousBernoulli,
  createRng,
  Deterministic,
  type Distribution,
  Exponential,
  Gamma,
  HalfNormal,
  Independent,
  klDivergence,
  LogNormal,
  Multinomial,
  MultivariateNormalDiag,
  MultivariateNormalTriL,
  Normal,
  Poisson,
  StudentT,
} from "../index.js";

type Parameters = Readonly<Record<string, tf.TensorLike>>;

interface Reference {
  readonly univariate: readonly {
    readonly family: string;
    readonly parameters: Readonly<Record<string, number>>;
    readonly points: readonly { x: number; logProb: number; logCdf: number; logSurvival: number }[];
    readonly quantiles: readonly { p: number; x: number }[];
    readonly mean: number;
    readonly variance: number;
    readonly entropy: number;
  }[];
  readonly kl: readonly { family: string; second: string; q: Parameters; p: Parameters; value: number }[];
}

const reference = loadReference<Reference>("common");
const classes: Record<string, new (options: never) => Distribution> = {
  Cauchy,
  ContinuousBernoulli,
  Exponential,
  Gamma,
  HalfNormal,
  LogNormal,
  Multinomial,
  MultivariateNormalDiag,
  MultivariateNormalTriL,
  StudentT,
};

function make(family: string, parameters: Parameters | Record<string, tf.Tensor | tf.TensorLike>): Distribution {
  return new classes[family]!(parameters as never);
}

const label = (parameters: object) =>
  JSON.stringify(parameters, (_, v) => (typeof v === "number" ? +v.toPrecision(4) : v));

const rows = reference.univariate.filter(({ family }) => family in classes);

describe.each(rows.map((entry) => ({ ...entry, title: `${entry.family}${label(entry.parameters)}` })))(
  "$title against mpmath",
  ({ family, parameters, points, quantiles, mean, variance, entropy }) => {
    const distribution = make(family, parameters);
    const x = points.map((point) => point.x);
    // Of the mode's density, below which the terms of a log-density cancel.
    const unit = 2e-6 * Math.max(1, ...Object.values(parameters).map((v) => Math.log1p(Math.abs(v))));

    test("log-density", () => {
      expect(distribution.logProb(x)).toBeAllClose(
        points.map(({ logProb }) => logProb),
        { rtol: 2e-6, atol: unit },
      );
    });

    test("both tails in logs", () => {
      for (const [method, logs] of [
        ["logCdf", points.map(({ logCdf }) => logCdf)],
        ["logSurvival", points.map(({ logSurvival }) => logSurvival)],
      ] as const) {
        // A logarithm near 0 has the digits of the other tail, in logs.
        expect(distribution[method](x), method).toBeAllClose(logs, { rtol: 2e-5, atol: 1e-37 });
      }
    });

    test("quantiles", () => {
      const spread = Number.isFinite(variance) ? Math.sqrt(variance) : (parameters.scale ?? 1);
      const found = distribution.quantile(quantiles.map(({ p }) => p)).dataSync();
      for (const [index, { p, x }] of quantiles.entries()) {
        // How far the rounding of p and of 1 - p moves the quantile, beside that of x itself.
        expect(found.subarray(index, index + 1), `${p}`).toBeAllClose([x], {
          rtol: 2e-5,
          atol: spread * (family === "ContinuousBernoulli" && p > 0.4 ? 1e-6 : 1e-7),
        });
      }
      expect(distribution.quantile([-0.1, 1.1, Number.NaN]).dataSync()).toEqual(Float32Array.of(NaN, NaN, NaN));
    });

    test("mean, variance, entropy", () => {
      for (const [statistic, value] of [
        [distribution.mean(), mean],
        [distribution.variance(), variance],
        [distribution.stddev(), Math.sqrt(variance)],
      ] as const) {
        if (Number.isNaN(value)) {
          expect(statistic.dataSync()[0]).toBeNaN();
        } else {
          expect(statistic).toBeAllClose(value, { rtol: 2e-6 });
        }
      }
      expect(distribution.entropy()).toBeAllClose(entropy, { rtol: 2e-6, atol: 2e-6 });
    });

    test("slopes of log-density, tails and quantile in each parameter and in the argument, against differences", () => {
      const at = points[Math.floor(points.length / 2)]!.x + 0.01;
      const functions: Record<string, (d: Distribution, x: tf.Tensor) => tf.Tensor> = {
        logProb: (d, v) => d.logProb(v),
        logCdf: (d, v) => d.logCdf(v),
        logSurvival: (d, v) => d.logSurvival(v),
        quantile: (d) => d.quantile(0.3),
      };
      const names = [...Object.keys(parameters), "x"];
      const centers = [...Object.values(parameters), at];
      const steps = centers.map((center, index) =>
        Math.max(0.02 * Math.abs(center), names[index] === "x" && family === "Cauchy" ? 1e-3 : 4e-3),
      );
      // A row for each argument, in which it alone is shifted.
      const shifts = [0, 1, -1, 0.5, -0.5];
      const shifted = centers.map((center, argument) =>
        tf.tensor2d(
          names.map((_, row) => shifts.map((shift) => center + (row === argument ? shift * steps[row]! : 0))),
        ),
      );
      for (const [name, f] of Object.entries(functions)) {
        const call = (...given: tf.Tensor[]) => {
          const options = Object.fromEntries(names.slice(0, -1).map((key, index) => [key, given[index]!]));
          return f(make(family, options), given.at(-1)!);
        };
        const values = call(...shifted).arraySync() as number[][];
        const inputs = names.slice(0, name === "quantile" ? -1 : undefined);
        const constants = name === "quantile" ? [tf.scalar(at)] : [];
        const slopes = tf.grads((...given: tf.Tensor[]) => call(...given, ...constants))(
          centers.slice(0, inputs.length).map((center) => tf.scalar(center)),
        );
        for (const [argument, input] of inputs.entries()) {
          const [value, ...others] = values[argument] as [number, number, number, number, number];
          const [center, step] = [centers[argument]!, steps[argument]!];
          const difference = (up: number, down: number, h: number) =>
            (up - down) / (Math.fround(center + h) - Math.fround(center - h));
          const [wide, narrow] = [
            difference(others[0]!, others[1]!, step),
            difference(others[2]!, others[3]!, step / 2),
          ];
          const rounding = 1e-8 + (4e-6 * Math.max(1, Math.abs(value))) / step;
          expect(slopes[argument], `${name} in ${input}`).toBeAllClose((4 * narrow - wide) / 3, {
            rtol: 2e-2,
            atol: rounding,
          });
        }
      }
    });
  },
);

describe("laws of distributions", () => {
  const builds: Record<string, () => Distribution> = {
    "Exponential, batch [2]": () => new Exponential({ rate: tf.tensor1d([0.2, 30]) }),
    "HalfNormal, batch [2]": () => new HalfNormal({ scale: tf.tensor1d([0.2, 30]) }),
    "LogNormal, batch [2]": () => new LogNormal({ loc: tf.tensor1d([0, -2]), scale: [0.3, 0.5] }),
    "Cauchy, batch [2]": () => new Cauchy({ loc: tf.tensor1d([0, 5]), scale: [1, 0.1] }),
    "StudentT, batch [2, 3]": () => new StudentT({ df: [6, 20, 1e4], loc: tf.tensor2d([[0], [100]]), scale: 2 }),
    "StudentT of few degrees": () => new StudentT({ df: [0.5, 1, 1.5] }),
    "ContinuousBernoulli, batch [5]": () => new ContinuousBernoulli({ logits: tf.tensor1d([-30, -1, 0, 0.01, 1e3]) }),
    "ContinuousBernoulli of probs": () => new ContinuousBernoulli({ probs: [0.1, 0.5, 0.9] }),
    "MultivariateNormalDiag, batch [2]": () =>
      new MultivariateNormalDiag({
        loc: tf.tensor2d([
          [0, 1, 2],
          [3, 4, 5],
        ]),
        scaleDiag: [1, 0.1, 20],
      }),
    "Deterministic, batch [2]": () => new Deterministic({ loc: tf.tensor1d([1, -2.5]) }),
    "Multinomial, batch [2]": () => new Multinomial({ totalCount: tf.tensor1d([3, 40]), logits: [0, 1, -1] }),
  };
  describe.each(Object.keys(builds))("%s", (name) => distributionLaws(builds[name]!));
});

describe("laws of continuous distributions", () => {
  const builds: Record<string, [() => Distribution, { low: number; high: number }]> = {
    Exponential: [() => new Exponential({ rate: 2 }), { low: 0, high: 9 }],
    HalfNormal: [() => new HalfNormal({ scale: 2 }), { low: 0, high: 12 }],
    LogNormal: [() => new LogNormal({ loc: 0.2, scale: 0.5 }), { low: 0, high: 25 }],
    StudentT: [() => new StudentT({ df: 7, loc: 0.5 }), { low: -30, high: 31 }],
    "ContinuousBernoulli to the left": [() => new ContinuousBernoulli({ probs: 0.1 }), { low: 0, high: 1 }],
    "ContinuousBernoulli to the right": [() => new ContinuousBernoulli({ logits: 12 }), { low: 0, high: 1 }],
    "ContinuousBernoulli of 1/2": [() => new ContinuousBernoulli({ logits: 0 }), { low: 0, high: 1 }],
  };
  describe.each(Object.keys(builds))("%s", (name) => continuousLaws(...builds[name]!));
});

test("draws of Cauchy and StudentT have their cdfs, far into the tails", () => {
  for (const distribution of [new Cauchy({ loc: 1, scale: 2 }), new StudentT({ df: 1, loc: 1, scale: 2 })]) {
    const n = 40_000;
    const levels = [0.0005, 0.01, 0.1, 0.4, 0.6, 0.9, 0.99, 0.9995];
    const edges = [-Infinity, ...distribution.quantile(levels).dataSync(), Infinity];
    const counts = new Array<number>(edges.length - 1).fill(0);
    for (const x of distribution.sample(createRng("tails"), [n]).dataSync()) {
      counts[edges.findIndex((edge) => x <= edge) - 1]!++;
    }
    const bounds = [0, ...levels, 1];
    const expected = counts.map((_, cell) => n * (bounds[cell + 1]! - bounds[cell]!));
    expect(chiSquareScore(counts, expected), distribution.name).toBeLessThan(3.3);
  }
});

test.each(
  reference.kl
    .filter(({ family, second }) => family in classes && second in classes)
    .map((entry) => ({ ...entry, title: `${entry.family}${label(entry.q)} || ${entry.second}${label(entry.p)}` })),
)("the divergence is torch's or mpmath's: $title", ({ family, second, q, p, value }) => {
  expect(klDivergence(make(family, q), make(second, p))).toBeAllClose(value, {
    rtol: 2e-5,
    // A gamma divergence is a sum of terms around 1.
    atol: family === "Gamma" || second === "Gamma" ? 2e-7 : 1e-9,
  });
  expect(klDivergence(make(family, q), make(family, q))).toBeAllClose(0, { atol: 1e-7 });
});

describe("Deterministic", () => {
  test("is discrete: its divergence from a discrete p is -log p(loc)", () => {
    const known = new Deterministic({ loc: [1, 2] });
    expect(klDivergence(known, new Poisson({ rate: 2 }))).toBeAllClose([2 - Math.LN2, 2 - Math.LN2], { rtol: 1e-6 });
    expect(klDivergence(known, new Categorical({ probs: [0.5, 0.5] }))).toBeAllClose([Math.LN2, Infinity]);
    expect(klDivergence(known, new Deterministic({ loc: 1 }))).toBeAllClose([0, Infinity]);
    expect(() => klDivergence(known, new Normal({ loc: 0, scale: 1 }))).toThrow("no closed form");
  });

  test("its cdf is a step, its quantile loc, and samples carry the gradient", () => {
    const known = new Deterministic({ loc: 2 });
    expect(known.cdf([1.9, 2, 2.1])).toBeAllClose([0, 1, 1]);
    expect(known.quantile([0, 0.5, 1])).toBeAllClose([2, 2, 2]);
    expect(
      tf.grad((loc: tf.Tensor) => new Deterministic({ loc }).sample(createRng(1), [3]))(tf.scalar(2)),
    ).toBeAllClose(3);
  });
});

test("MultivariateNormalDiag is Independent over Normal, and diverges from it by nothing", () => {
  const options = { loc: [0.5, 1, 2], scale: [1, 2, 0.3] };
  const diagonal = new MultivariateNormalDiag({ loc: options.loc, scaleDiag: options.scale });
  const wrapped = new Independent(new Normal(options), 1);
  expect(klDivergence(diagonal, wrapped)).toBeAllClose(0, { atol: 1e-7 });
  expect(diagonal.logProb([1, 1, 1])).toBeAllClose(wrapped.logProb([1, 1, 1]));
  expect(diagonal.covariance()).toBeAllClose([1, 0, 0, 0, 4, 0, 0, 0, 0.09], { rtol: 1e-6 });
  expect(new MultivariateNormalDiag({ loc: 0, scaleDiag: tf.ones([4, 3]) }).sample(createRng(1)).shape).toEqual([4, 3]);
});

describe("bad input", () => {
  test.each([
    [() => new Exponential({ rate: 0 }), "Exponential: rate must be a finite number > 0, got 0"],
    [() => new HalfNormal({ scale: [1, -1] }), "HalfNormal: scale must be a finite number > 0, got -1 at index 1"],
    [() => new StudentT({ df: 0 }), "StudentT: df must be a finite number > 0, got 0"],
    [() => new StudentT({} as never), "StudentT: df is missing"],
    [() => new ContinuousBernoulli({ probs: 1 }), "ContinuousBernoulli: probs must be a probability in (0, 1), got 1"],
    [
      () => new ContinuousBernoulli({}),
      "ContinuousBernoulli: exactly one of logits and probs must be given, got neither",
    ],
    [
      () => new ContinuousBernoulli({ logits: 0, validate: "values" }).logProb(1.5),
      "ContinuousBernoulli.logProb: a value must lie in [0, 1], got 1.5",
    ],
    [
      () => new MultivariateNormalDiag({ loc: 0, scaleDiag: 1 }),
      "MultivariateNormalDiag: loc or scaleDiag must have the coordinates on its last axis, got shapes [] and []; for one coordinate use Normal, or [loc]",
    ],
    [
      () => new MultivariateNormalDiag({ loc: [0, 1], scaleDiag: [1, 0] }),
      "MultivariateNormalDiag: scaleDiag must be a finite number > 0, got 0 at index 1",
    ],
    [() => new Deterministic({ loc: Infinity }), "Deterministic: loc must be a finite number, got Infinity"],
    [() => new Multinomial({ totalCount: 1.5, probs: [1] }), "Multinomial: totalCount must be a whole number"],
    [
      () => new Multinomial({ totalCount: [1, 2], logits: tf.zeros([3, 4]) }),
      "Multinomial: shapes must broadcast against each other, got totalCount [2], logits without its last axis [3]",
    ],
    [
      () => new Multinomial({ totalCount: 3, probs: [0.5, 0.5], validate: "values" }).logProb([1, 1]),
      "Multinomial.logProb: a value must hold whole numbers >= 0 that sum to totalCount",
    ],
    [() => new Multinomial({ totalCount: 3, probs: [0.5, 0.5] }).entropy(), "Multinomial.entropy: has no closed form"],
  ])("%#", (build, message) => {
    expect(build).toThrow(message);
  });
});
