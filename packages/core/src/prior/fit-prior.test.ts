import { Planar, SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng } from "../random/create-rng.js";
import { IGR } from "../relaxations/igr.js";
import { makeTransform } from "../relaxations/igr-transform.js";
import { type FitPriorOptions, fitPrior } from "./fit-prior.js";
import { bijectorMap, interpolationMap, softmaxPlusPlusMap, stickBreakingMap } from "./prior-map.js";
import { priorObjective } from "./prior-objective.js";

const uniform = new Array<number>(10).fill(0.1);
const average = (values: tf.Tensor) => tf.mean(values).dataSync()[0] as number;

describe("the closed gradients are those of tfjs", () => {
  const [dimension, samples, temperature, delta] = [4, 50, 0.4, 0.1];
  const y = Float64Array.from(createRng(3).normal([samples, dimension]).dataSync());

  test.each([
    { transform: "softmax++" as const, map: softmaxPlusPlusMap(dimension, temperature, delta), size: 5 },
    { transform: "stick-breaking" as const, map: stickBreakingMap(dimension, temperature, delta), size: 4 },
    { transform: "interpolation" as const, map: interpolationMap(dimension, temperature), size: 5 },
  ])("of $transform", ({ transform, map, size }) => {
    const bijector = makeTransform("test", { transform, temperature, delta }, dimension);
    const target = [0.4, 0.3, 0.2, 0.06, 0.04]
      .slice(0, size)
      .map((value, _, all) => value / all.reduce((a, b) => a + b));
    for (const name of ["mean", "kl", "literal", "energy"] as const) {
      const objective = priorObjective(name, target);
      const [closed, automatic] = [new Float64Array(y.length), new Float64Array(y.length)];
      const loss = map.lossAndSlopes(y, samples, objective, closed);
      expect(loss).toBeCloseTo(bijectorMap(bijector, dimension).lossAndSlopes(y, samples, objective, automatic), 5);
      expect(closed).toBeAllClose(automatic, { rtol: 1e-3, atol: 1e-6 });
    }
  });

  test.each(["mean", "kl", "literal", "energy"] as const)("and the slopes of '%s' are its differences", (name) => {
    const objective = priorObjective(name, [0.5, 0.3]);
    const z = Float64Array.from([0.2, 0.5, 0.3, 0.6, 0.3, 0.1]);
    const slopes = new Float64Array(6);
    const scratch = new Float64Array(6);
    objective(z, 2, 3, slopes);
    for (const index of [0, 1, 2, 3, 4, 5]) {
      const at = (step: number) =>
        objective(
          z.map((value, k) => (k === index ? value + step : value)),
          2,
          3,
          scratch,
        );
      expect(slopes[index]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 6);
    }
  });
});

describe("mean matching of ten equal probabilities at temperature 0.5", () => {
  test("from the usual start finds loc -1.25 and scale 0.36", () => {
    // A PyTorch program of the same settings ends there.
    const prior = fitPrior({ target: uniform, temperature: 0.5, rng: createRng(1) });
    expect([prior.loc.shape, prior.scale.shape]).toEqual([[9], [9]]);
    expect(prior.loc).toBeAllClose(new Array<number>(9).fill(-1.25), { rtol: 0.03 });
    expect(average(prior.scale)).toBeCloseTo(0.357, 1);
    expect(prior.losses.length).toBe(1500);
    expect(prior.losses.at(-1)).toBeLessThan(1e-3);
    expect(prior.mean).toBeAllClose(uniform, { atol: 0.005 });
    // The mean is matched, the largest coordinate is not: the last one seldom wins, and nothing is near a vertex.
    expect(prior.argmaxProbs.dataSync()[9]).toBeLessThan(0.05);
    expect(prior.vertexProximity.dataSync()[0]).toBeLessThan(0.01);
  });

  test.each([
    { start: Math.exp(-2), scale: 0.04 },
    { start: Math.E, scale: 1.16 },
  ])("leaves the scale where the start put it: from $start to $scale", ({ start, scale }) => {
    const options: FitPriorOptions = {
      target: uniform,
      temperature: 0.5,
      start: { scale: start },
      rng: createRng(1),
    };
    const prior = fitPrior(options);
    expect(Math.abs(average(prior.scale) / scale - 1)).toBeLessThan(0.15);
    expect(prior.mean).toBeAllClose(uniform, { atol: 0.01 });
  });
});

describe("objectives and settings", () => {
  const quick = { temperature: 0.5, steps: 300, samples: 200, learningRate: 0.05 };
  const target = [0.5, 0.3, 0.2];

  test.each([
    { transform: "softmax++", objective: "mean", atol: 0.03 },
    { transform: "softmax++", objective: "kl", atol: 0.03 },
    // Eq 23 jumps from vertex to vertex, and a gradient along the path does not see a jump: a bias remains.
    { transform: "interpolation", objective: "mean", atol: 0.08 },
    { transform: "interpolation", objective: "kl", atol: 0.08 },
  ] as const)("'$objective' of $transform matches the mean", ({ atol, ...settings }) => {
    const prior = fitPrior({ ...quick, ...settings, target, rng: createRng(2) });
    expect(prior.mean).toBeAllClose(target, { atol });
    const relaxed = new IGR({ loc: prior.loc, scale: prior.scale, temperature: 0.5, transform: settings.transform });
    expect(tf.mean(relaxed.sample(createRng(9), [5000]), 0)).toBeAllClose(target, { atol });
  });

  test("'literal' lets the relaxation collapse to a point, and the results show it", () => {
    const prior = fitPrior({ ...quick, objective: "literal", target, rng: createRng(2) });
    expect(average(prior.scale)).toBeLessThan(0.1);
    expect(prior.vertexProximity.dataSync()[0]).toBe(0);
    expect(prior.losses.at(-1)).toBeLessThan(0.01);
  });

  test("with 'stick-breaking' the target is that of the sticks, and the remainder is reported", () => {
    const prior = fitPrior({ ...quick, transform: "stick-breaking", target, rng: createRng(2) });
    expect([prior.loc.shape, prior.mean.shape, prior.argmaxProbs.shape]).toEqual([[3], [4], [4]]);
    const [mean, remainder] = tf.split(prior.mean, [3, 1]) as [tf.Tensor, tf.Tensor];
    expect(mean).toBeAllClose(target, { atol: 0.04 });
    expect(remainder.dataSync()[0]).toBeLessThan(0.1 / 3.1);
    expect(prior.argmaxProbs.dataSync()[3]).toBe(0);
  });

  test("a fixed scale stays, and only the means move", () => {
    const prior = fitPrior({ ...quick, target, scale: 2, rng: createRng(2) });
    expect(prior.scale).toBeAllClose([2, 2], { rtol: 1e-6 });
    expect(prior.mean).toBeAllClose(target, { atol: 0.03 });
  });

  test.each([
    { transform: "softmax++", scale: 0.05, atol: 2e-6 },
    { transform: "softmax++", scale: 1, atol: 2e-6 },
    { transform: "softmax++", scale: 20, atol: 2e-6 },
    // Up to the error of the lattice in the sum of all.
    { transform: "stick-breaking", scale: 1, atol: 1e-3 },
    { transform: "interpolation", scale: 1, atol: 1e-3 },
  ] as const)("'probs' meets the probabilities of $transform at scale $scale", ({ atol, ...settings }) => {
    const prior = fitPrior({ ...quick, ...settings, objective: "probs", target, rng: createRng(2) });
    expect(tf.slice(prior.discreteProbs, 0, 3)).toBeAllClose(target, { rtol: 0, atol });
    expect(prior.losses.length).toBeLessThan(20);
    expect(tf.slice(prior.argmaxProbs, 0, 3)).toBeAllClose(target, { atol: 0.025 });
    expect(prior.scale).toBeAllClose(tf.fill(prior.scale.shape, settings.scale), { rtol: 1e-6 });
  });

  test("'probs' has one solution at each scale, and stretched by the scale it is that of another", () => {
    const options = { temperature: 0.5, objective: "probs", target: uniform, rng: createRng(2) } as const;
    const solve = (scale: number, start: number) => fitPrior({ ...options, scale, start: { loc: start } }).loc;
    const loc = solve(1, 0);
    expect(solve(1, 4)).toBeAllClose(loc, { rtol: 0, atol: 1e-4 });
    expect(solve(1, -6)).toBeAllClose(loc, { rtol: 0, atol: 1e-4 });
    const threshold = 0.5 * Math.log(0.1);
    expect(solve(0.25, 0)).toBeAllClose(tf.add(threshold, tf.mul(0.25, tf.sub(loc, threshold))), {
      rtol: 0,
      atol: 1e-4,
    });
  });

  test("'probs' of two categories is a quantile, and of a rare one too", () => {
    const options = { temperature: 1, delta: 1, objective: "probs", scale: 2, rng: createRng(2) } as const;
    // P(y > 0) = Phi(loc / 2) = 0.975.
    expect(fitPrior({ ...options, target: [0.975, 0.025] }).loc).toBeAllClose([2 * 1.959964], { rtol: 1e-4 });
    const rare = [1e-5, 0.6, 0.39999];
    const prior = fitPrior({ ...options, target: rare });
    expect(prior.discreteProbs).toBeAllClose(rare, { rtol: 0, atol: 1e-6 });
  });

  test("'energy' makes a relaxation that is nearly discrete, in the target's proportions; mean matching does not", () => {
    const [energy, mean] = (["energy", "mean"] as const).map((objective) =>
      fitPrior({ ...quick, steps: 600, target, objective, rng: createRng(2) }),
    ) as [ReturnType<typeof fitPrior>, ReturnType<typeof fitPrior>];
    expect(energy.discreteProbs).toBeAllClose(target, { rtol: 0, atol: 0.05 });
    const [near, far] = [energy, mean].map((prior) => prior.vertexProximity.dataSync()[0] as number) as [
      number,
      number,
    ];
    expect(near).toBeGreaterThan(0.75);
    expect(far).toBeLessThan(near - 0.2);
  });

  test("discreteProbs shows what an objective lost: of ten equal categories both lose the last", () => {
    for (const objective of ["energy", "mean"] as const) {
      const { discreteProbs, mean } = fitPrior({ ...quick, objective, target: uniform, rng: createRng(2) });
      expect(discreteProbs.dataSync()[9]).toBeLessThan(0.05);
      expect(tf.sum(mean)).toBeAllClose(1, { atol: 1e-4 });
    }
  });

  test("several targets are fitted each on its own", () => {
    const both = [target, [0.1, 0.1, 0.8]];
    const prior = fitPrior({ ...quick, target: both, rng: createRng(2) });
    expect([prior.loc.shape, prior.mean.shape, prior.vertexProximity.shape]).toEqual([[2, 2], [2, 3], [2]]);
    expect(prior.mean).toBeAllClose(both.flat(), { atol: 0.03 });
    const alone = fitPrior({ ...quick, target, rng: createRng(2) });
    expect(tf.slice(prior.loc, [0, 0], [1, 2])).toBeAllClose(tf.reshape(alone.loc, [1, 2]), { rtol: 0, atol: 0 });
  });

  test("bijectors are fitted through tfjs: one onto the simplex, and a flow", () => {
    const short = { steps: 40, samples: 60, learningRate: 0.15, target };
    const onto = fitPrior({ ...short, transform: new SoftmaxPlusPlus({ temperature: 0.5 }), rng: createRng(2) });
    const named = fitPrior({ ...short, temperature: 0.5, rng: createRng(2) });
    expect(onto.loc).toBeAllClose(named.loc, { rtol: 1e-3, atol: 1e-3 });
    const flow = new Planar({ u: [0.5, -0.2], w: [1, 0.3], b: 0.1 });
    const throughFlow = fitPrior({ ...short, temperature: 0.5, transform: flow, rng: createRng(2) });
    expect(throughFlow.mean).toBeAllClose(target, { atol: 0.06 });
  });

  test("the same seed gives the same prior, and only the results stay in memory", () => {
    const options = () => ({ ...quick, target, steps: 20, rng: createRng(2) });
    const before = tf.memory().numTensors;
    const first = fitPrior(options());
    expect(tf.memory().numTensors).toBe(before + 6);
    const again = fitPrior(options());
    expect(again.loc).toBeAllClose(first.loc, { rtol: 0, atol: 0 });
    first.dispose();
    again.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    [{ target: [0.5, 0.6] }, "target must hold probabilities >= 0 that sum to 1"],
    [{ target: [1] }, "target must have at least 2 categories"],
    [{ target: [1, 0], objective: "kl" }, "objective 'kl' needs a target whose probabilities are all > 0"],
    [{ objective: "mode" }, "objective must be 'mean', 'kl', 'literal', 'energy' or 'probs', got 'mode'"],
    [{ objective: "probs" }, "objective 'probs' needs a fixed scale"],
    [
      { objective: "probs", scale: 1, target: [1, 0] },
      "objective 'probs' needs a target whose probabilities are all > 0",
    ],
    [
      { objective: "probs", scale: 1, transform: new Planar({ u: [0.5, -0.2], w: [1, 0.3], b: 0.1 }) },
      "objective 'probs' is for the transforms",
    ],
    [{ steps: 0 }, "steps must be a whole number >= 1, got 0"],
    [{ scale: -1 }, "scale must be a finite number > 0, got -1"],
    [{ start: { loc: Number.NaN } }, "start.loc must be a finite number, got NaN"],
    [{ temperature: 0 }, "temperature"],
    [{ rng: undefined }, "rng must be a generator"],
    [{ target: undefined }, "fitPrior: target must be a tensor, a number or an array of numbers, got undefined"],
    [{ target: ["a", "b"] }, "fitPrior: target must be a tensor, a number or an array of numbers, got a"],
  ])("refuses %o", (wrong, message) => {
    const options = { ...quick, target, rng: createRng(1), ...wrong } as FitPriorOptions;
    expect(() => fitPrior(options)).toThrow(message);
  });
});
