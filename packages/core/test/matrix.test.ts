import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  Bernoulli,
  Beta,
  Binomial,
  Cauchy,
  ContinuousBernoulli,
  type Distribution,
  Exponential,
  Gamma,
  Geometric,
  Gumbel,
  HalfNormal,
  Kumaraswamy,
  Laplace,
  Logistic,
  LogNormal,
  NegativeBinomial,
  Normal,
  Poisson,
  StudentT,
  Uniform,
} from "../src/index.js";
import { loadReference } from "./reference-values.js";

interface Row {
  readonly family: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly points: readonly {
    readonly x: number;
    readonly logProb: number;
    readonly logCdf: number;
    readonly logSurvival: number;
    /** Of the log-density, in the value and in each parameter: those that exist. */
    readonly slopes?: Readonly<Record<string, number>>;
  }[];
  readonly mean?: number;
  readonly variance?: number;
  readonly stddev?: number;
  readonly mode?: number;
  readonly entropy?: number;
  readonly quantiles?: readonly { readonly p: number; readonly x: number }[];
}

const classes: Readonly<Record<string, new (options: never) => Distribution>> = {
  Bernoulli,
  Beta,
  Binomial,
  Cauchy,
  ContinuousBernoulli,
  Exponential,
  Gamma,
  Geometric,
  Gumbel,
  HalfNormal,
  Kumaraswamy,
  Laplace,
  Logistic,
  LogNormal,
  NegativeBinomial,
  Normal,
  Poisson,
  StudentT,
  Uniform,
};

const rows = loadReference<Row[]>("matrix").map((row) => ({
  ...row,
  title: `${row.family}${JSON.stringify(row.parameters, (_, v) => (typeof v === "number" ? +v.toPrecision(3) : v))}`,
}));

describe.each(rows)("$title against mpmath", (row) => {
  const { family, parameters, points } = row;
  const make = (changed: Record<string, tf.Tensor> = {}) =>
    new classes[family]!({ ...parameters, ...changed } as never);
  const distribution = make();
  const x = tf.tensor1d(points.map((point) => point.x));
  // Logarithms of parameters, of about 46 at 1e20, are summed in float32.
  const unit = 1e-6 * Object.values(parameters).reduce((sum, v) => sum + Math.abs(Math.log(Math.abs(v) || 1)), 1);

  test("log-density and both tails, in logs and as probabilities", () => {
    const expected = (name: "logProb" | "logCdf" | "logSurvival") => points.map((point) => point[name]);
    expect(distribution.logProb(x)).toBeAllClose(expected("logProb"), { rtol: 1e-5, atol: 3 * unit });
    expect(distribution.logCdf(x)).toBeAllClose(expected("logCdf"), { rtol: 2e-5, atol: 1e-37 });
    expect(distribution.logSurvival(x)).toBeAllClose(expected("logSurvival"), { rtol: 2e-5, atol: 1e-37 });
    for (const [method, log] of [
      ["prob", "logProb"],
      // Where a quadrature makes the tails, their exponentials cost as much again and show nothing new.
      ...(row.quantiles || family === "Bernoulli"
        ? ([
            ["cdf", "logCdf"],
            ["survivalFunction", "logSurvival"],
          ] as const)
        : []),
    ] as const) {
      const probabilities = expected(log).map(Math.exp).map(Math.fround);
      // exp multiplies the relative error by the size of the logarithm, at most 100 here.
      expect(distribution[method](x), method).toBeAllClose(probabilities, { rtol: 5e-4, atol: 1e-37 });
    }
  });

  test("slopes of the log-density, in the value and in each parameter", () => {
    for (const name of ["x", ...Object.keys(parameters)]) {
      const chosen = points.filter(({ slopes }) => slopes?.[name] !== undefined);
      if (chosen.length === 0) continue;
      const at = tf.tensor1d(chosen.map((point) => point.x));
      const slope =
        name === "x"
          ? tf.grad((v) => distribution.logProb(v))(at)
          : tf.grad((v) => make({ [name]: v }).logProb(at))(tf.fill(at.shape, parameters[name]!));
      // What the slope is measured in: a change of the argument that changes the log-density by about 1.
      const length = ["x", "loc"].includes(name) ? (parameters.scale ?? 1) : Math.abs(parameters[name]!) || 1;
      expect(slope, name).toBeAllClose(
        chosen.map(({ slopes }) => Math.fround(slopes![name]!)),
        { rtol: 1e-4, atol: 3e-6 / length },
      );
    }
  });

  test("mean, variance, standard deviation, mode, entropy and quantiles", () => {
    for (const name of ["mean", "variance", "stddev", "mode", "entropy"] as const) {
      const value = row[name];
      if (value === undefined) continue;
      const statistic = distribution[name]();
      if (Number.isNaN(value)) {
        expect(statistic.dataSync()[0], name).toBeNaN();
      } else {
        expect(statistic, name).toBeAllClose(Math.fround(value), {
          rtol: 1e-5,
          atol: name === "entropy" ? unit : 1e-37,
        });
      }
    }
    if (row.quantiles) {
      expect(distribution.quantile(row.quantiles.map(({ p }) => p))).toBeAllClose(
        row.quantiles.map((each) => each.x),
        { rtol: 2e-5, atol: 1e-7 * (parameters.scale ?? 0) + 1e-37 },
      );
    }
  });

  test("parameters as int32 tensors and values as plain numbers are the same", () => {
    const inside = points.filter(({ logProb }) => Number.isFinite(logProb)).map((point) => point.x);
    const expected = distribution.logProb(tf.tensor1d(inside));
    expect(distribution.logProb(inside)).toBeAllClose(expected, { rtol: 0, atol: 0 });
    if (Object.values(parameters).every((v) => Number.isInteger(v) && Math.abs(v) < 1e6)) {
      const whole = Object.entries(parameters).map(([name, v]) => [name, tf.scalar(v, "int32")]);
      expect(make(Object.fromEntries(whole)).logProb(inside)).toBeAllClose(expected, { rtol: 1e-6, atol: 1e-6 });
    }
  });
});
