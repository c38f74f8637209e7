import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { distributionLaws } from "../../test/distribution-laws.js";
import { klDivergence } from "../divergence/kl-divergence.js";
import { createRng } from "../random/create-rng.js";
import { IGR } from "./igr.js";
import { LogisticNormal } from "./logistic-normal.js";

describe("LogisticNormal", () => {
  const loc = [0.5, -1];
  const scale = [0.8, 2];
  distributionLaws(
    () =>
      new LogisticNormal({
        loc: tf.tensor2d([
          [0, 1],
          [2, -1],
        ]),
        scale,
      }),
  );

  test("log-ratios are Gaussian: the density in float64", () => {
    const z = [0.2, 0.5, 0.3];
    const normal = (x: number, m: number, s: number) =>
      -0.5 * ((x - m) / s) ** 2 - Math.log(s * Math.sqrt(2 * Math.PI));
    const ratios = [0, 1].map((k) => Math.log(z[k]! / z[2]!));
    const expected =
      ratios.reduce((sum, ratio, k) => sum + normal(ratio, loc[k]!, scale[k]!), 0) -
      z.reduce((sum, each) => sum + Math.log(each), 0);
    const relaxed = new LogisticNormal({ loc, scale });
    expect(relaxed.logProb(z)).toBeAllClose(expected, { rtol: 1e-5 });
    expect(relaxed.logProbFromLog(z.map(Math.log))).toBeAllClose(expected, { rtol: 1e-5 });
  });

  test("KL is the Gaussians', also against an IGR by softmax++", () => {
    const [q, p] = [new LogisticNormal({ loc, scale }), new LogisticNormal({ loc: [0, 0], scale: [1, 1] })];
    const exact = loc.reduce((sum, m, k) => sum + (scale[k]! ** 2 + m ** 2 - 1) / 2 - Math.log(scale[k]!), 0);
    expect(klDivergence(q, p)).toBeAllClose(exact, { rtol: 1e-5 });
    const igr = new IGR({ loc: [0, 0], scale: [0.5, 0.5], temperature: 0.5, delta: 1 });
    expect(klDivergence(q, igr)).toBeAllClose(exact, { rtol: 1e-5 });
  });

  test("it stays exact where z rounds to a vertex", () => {
    const relaxed = new LogisticNormal({ loc: [0, 0], scale: [200, 200] });
    const { value, logProb } = relaxed.sampleLogAndLogProb(createRng(1), [200]);
    expect(relaxed.logProbFromLog(value)).toBeAllClose(logProb, { rtol: 1e-5, atol: 1e-3 });
    expect(tf.sum(relaxed.sample(createRng(2), [20], { hard: true }), -1)).toBeAllClose(tf.ones([20]));
    expect(tf.sum(relaxed.discrete().mean())).toBeAllClose(1, { rtol: 1e-4 });
  });

  test("errors call it by its name", () => {
    expect(() => new LogisticNormal({ loc: [0], scale: [0] })).toThrow(
      "LogisticNormal: scale must be a finite number > 0",
    );
    expect(() => new LogisticNormal({ loc, scale }).mean()).toThrow("LogisticNormal.mean: has no closed form");
  });
});
