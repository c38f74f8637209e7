import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test, vi } from "vitest";
import { Binomial } from "../distributions/counts/binomial.js";
import { Geometric } from "../distributions/counts/geometric.js";
import { Poisson } from "../distributions/counts/poisson.js";
import { priorObjective } from "../prior/prior-objective.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { IGR } from "../relaxations/igr.js";
import { InfiniteIGR } from "../relaxations/infinite-igr.js";
import { type ApproximateOptions, approximate } from "./approximate.js";
import type { ApproximationFamily } from "./family.js";
import type { Fit } from "./fit.js";
import { makeObjective } from "./objective.js";
import { readTarget } from "./target.js";

const quick = { temperature: 0.2, steps: 150, samples: 100, learningRate: 0.05, countedSamples: 5000 };
const target = [0.5, 0.3, 0.15, 0.05];

describe("each relaxation moves towards the target", () => {
  test.each<{ relaxation: ApproximationFamily; kind: new (...args: never[]) => object; below: number }>([
    { relaxation: { type: "igr" }, kind: IGR, below: 0.06 },
    { relaxation: { type: "igr-planar", depth: 3 }, kind: IGR, below: 0.06 },
    { relaxation: { type: "igr-sb", rho: 0.95, block: 4 }, kind: InfiniteIGR, below: 0.2 },
    { relaxation: { type: "gs" }, kind: Concrete, below: 0.05 },
  ])("$relaxation.type", async ({ relaxation, kind, below }) => {
    const fit = await approximate(target, relaxation, { ...quick, rng: createRng(1) });
    expect(fit.relaxed).toBeInstanceOf(kind);
    expect(fit.losses.length).toBe(quick.steps);
    expect(fit.target.slice(0, 4)).toBeAllClose(target, { rtol: 1e-6 });
    for (const { pmf, totalVariation, vertexProximity } of [fit.before, fit.after]) {
      expect(pmf.length).toBe(fit.target.length);
      const difference = pmf.reduce((sum, each, k) => sum + Math.abs(each - fit.target[k]!), 0);
      const elsewhere = 1 - pmf.reduce((sum, each) => sum + each, 0);
      expect(totalVariation).toBeCloseTo((difference + Math.abs(elsewhere)) / 2, 5);
      expect(vertexProximity).toBeGreaterThan(0);
      expect(vertexProximity).toBeLessThanOrEqual(1);
    }
    expect(fit.after.totalVariation).toBeLessThan(Math.min(below, fit.before.totalVariation));
    // The frequencies are those of the distribution that is returned.
    const wins = tf.mean(fit.relaxed.sample(createRng(9), [5000], { hard: true }), 0).dataSync();
    for (const [k, share] of fit.after.pmf.entries()) expect(Math.abs((wins[k] ?? 0) - share)).toBeLessThan(0.04);
    fit.dispose();
  });
});

test("of a Gumbel-Softmax the probabilities are exact: those of its logits", async () => {
  const fit = await approximate(target, "gs", { ...quick, rng: createRng(1), steps: 5 });
  expect(fit.before.pmf).toBeAllClose([0.25, 0.25, 0.25, 0.25], { rtol: 1e-6 });
  expect(fit.before.kl).toBeCloseTo(
    target.reduce((sum, p) => sum + 0.25 * Math.log(0.25 / p), 0),
    5,
  );
  expect(fit.after.pmf).toBeAllClose(tf.softmax(fit.parameters.logits!), { rtol: 1e-5 });
  fit.dispose();
});

describe("'igr-sb' has no number of categories", () => {
  test("it starts as sticks with the target's mean, and grows to what samples need", async () => {
    const options = { ...quick, temperature: 0.05, rng: createRng(2) };
    const fit = await approximate(new Poisson({ rate: 12 }), { type: "igr-sb", block: 4 }, { ...options, steps: 40 });
    const { loc } = fit.parameters as { loc: tf.Tensor };
    expect(loc.size % 4).toBe(0);
    expect(loc.size).toBeGreaterThan(12);
    expect(fit.before.averageK).toBeGreaterThan(12);
    expect(fit.before.passingCap).toBe(0);
    const mean = fit.before.pmf.reduce((sum, p, k) => sum + p * k, 0);
    expect(mean).toBeGreaterThan(3);
    expect(mean).toBeLessThan(24);
    expect(fit.after.totalVariation).toBeLessThan(fit.before.totalVariation);
    fit.dispose();
  });

  test("a cap that samples pass is an error, or a warning that cuts them there", async () => {
    const fit = (onCap: "error" | "warn") =>
      approximate(
        new Poisson({ rate: 12 }),
        { type: "igr-sb", block: 4, cap: 6, onCap },
        { ...quick, steps: 3, rng: createRng(2) },
      );
    await expect(fit("error")).rejects.toThrow(
      /^approximate: \d+ of 100 samples need more than the cap of 6 coordinates; raise cap/,
    );
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const { after, dispose } = await fit("warn");
      expect(warn).toHaveBeenCalledOnce();
      expect(after.passingCap).toBeGreaterThan(0.5);
      dispose();
    } finally {
      warn.mockRestore();
    }
  });
});

describe("objectives", () => {
  const relaxed = new Concrete({ temperature: 1, logits: [0, 0] });

  test.each(["mean", "kl", "literal", "energy"] as const)("'%s' is that of fitPrior, with its gradient", (name) => {
    const points = tf.softmax(tf.mul(3, createRng(4).normal([30, 4])));
    const read = readTarget(target);
    const data = Float64Array.from(points.dataSync());
    const slopes = new Float64Array(data.length);
    const expected = priorObjective(name, target)(data, 30, 4, slopes);
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => makeObjective(name, read, 4)(z, relaxed))(points);
    expect(value).toBeAllClose([expected], { rtol: 1e-5 });
    // The distance to a vertex is the root of a small difference in float32.
    expect(grad).toBeAllClose(slopes, { rtol: name === "energy" ? 2e-3 : 1e-4, atol: 1e-7 });
  });

  test("'energy' is the energy distance, with its gradient", () => {
    const z = [
      [0.7, 0.2, 0.1],
      [0.1, 0.8, 0.1],
      [0.3, 0.3, 0.4],
    ];
    const probs = [0.5, 0.3];
    const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((each, k) => each - b[k]!));
    const energy = (points: readonly (readonly number[])[]) => {
      const vertices = [
        [1, 0, 0],
        [0, 1, 0],
      ];
      const average = (f: (point: readonly number[], index: number) => number) =>
        points.reduce((sum, point, index) => sum + f(point, index) / points.length, 0);
      // 0.2 of the target's mass is on vertices that z does not have.
      const toTarget = average(
        (point) =>
          0.5 * distance(point, vertices[0]!) + 0.3 * distance(point, vertices[1]!) + 0.2 * Math.hypot(...point, 1),
      );
      const within = average((point, index) => distance(point, points[(index + 1) % points.length]!));
      return 2 * toTarget - within - Math.SQRT2 * (1 - 0.25 - 0.09);
    };
    const read = { size: 2, mean: 0.3, logProbs: () => Float64Array.from(probs, Math.log) };
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => makeObjective("energy", read, 2)(x, relaxed))(
      tf.tensor2d(z),
    );
    expect(value).toBeAllClose([energy(z)], { rtol: 1e-5 });
    const moved = (i: number, k: number, step: number) =>
      energy(z.map((row, r) => row.map((each, c) => (r === i && c === k ? each + step : each))));
    const differences = z.flatMap((row, i) => row.map((_, k) => (moved(i, k, 1e-5) - moved(i, k, -1e-5)) / 2e-5));
    expect(grad).toBeAllClose(differences, { rtol: 1e-4, atol: 1e-5 });
  });

  test.each<{ relaxation: ApproximationFamily; steps: number; below: number }>([
    { relaxation: { type: "igr" }, steps: 150, below: 0.02 },
    { relaxation: { type: "gs" }, steps: 150, below: 0.02 },
    // By a lattice, which takes its time op by op.
    { relaxation: { type: "igr-sb", rho: 0.95, block: 4 }, steps: 6, below: 0.4 },
    { relaxation: { type: "igr-planar" }, steps: 4, below: 0.7 },
  ])("'probs' meets the probabilities of the categories: $relaxation.type", async ({ relaxation, steps, below }) => {
    const options = { ...quick, samples: 10, steps, scale: 1, objective: "probs" } as const;
    const fit = await approximate(target, relaxation, { ...options, rng: createRng(1) });
    expect(fit.losses.at(-1)).toBeLessThan(0.9 * fit.losses[0]!);
    expect(fit.after.totalVariation).toBeLessThan(below);
    const { scale } = fit.parameters;
    if (scale) expect(scale).toBeAllClose(tf.ones(scale.shape), { rtol: 1e-6 });
    fit.dispose();
  });

  test("'energy' moves samples to the vertices, which mean matching does not", async () => {
    const options = { ...quick, temperature: 0.5, rng: createRng(1) };
    const energy = await approximate(target, "igr", { ...options, objective: "energy" });
    const mean = await approximate(target, "igr", { ...options, objective: "mean" });
    expect(energy.after.totalVariation).toBeLessThan(0.06);
    expect(energy.after.vertexProximity).toBeGreaterThan(mean.after.vertexProximity + 0.2);
  });
});

describe("targets", () => {
  test.each([
    { name: "Poisson(50)", of: new Poisson({ rate: 50 }), size: [85, 100], mean: 50 },
    { name: "Binomial(12, 0.3)", of: new Binomial({ totalCount: 12, probs: 0.3 }), size: [13, 13], mean: 3.6 },
    { name: "Geometric(0.2)", of: new Geometric({ probs: 0.2 }), size: [60, 75], mean: 4 },
    { name: "probabilities", of: [0.2, 0.8, 0], size: [3, 3], mean: 0.8 },
  ])("$name", ({ of, size, mean }) => {
    const read = readTarget(of);
    expect(read.size).toBeGreaterThanOrEqual(size[0]!);
    expect(read.size).toBeLessThanOrEqual(size[1]!);
    expect(Math.abs(read.mean / mean - 1)).toBeLessThan(1e-3);
    const probs = read.logProbs(read.size + 5).map(Math.exp);
    expect(probs.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 4);
  });
});

test("a compiler gets the steps and the counting, and its functions are disposed of", async () => {
  let [made, calls, disposed] = [0, 0, 0];
  const compile: ApproximateOptions["compile"] = (f) => {
    made++;
    const run = async (...inputs: tf.Tensor[]) => {
      calls++;
      return tf.tidy(() => f(...inputs));
    };
    return Object.assign(run, { dispose: () => void disposed++ });
  };
  const options = { ...quick, steps: 7, countedSamples: 2000 };
  const compiled = await approximate(target, "igr", { ...options, rng: createRng(1), compile });
  expect([made, calls, disposed]).toEqual([3, 2 + 7 + 2, 3]);
  const eager = await approximate(target, "igr", { ...options, rng: createRng(1) });
  expect(compiled.losses).toEqual(eager.losses);
  expect(compiled.after.pmf).toEqual(eager.after.pmf);
});

test("a compiler's steps are disposed of when the cap ends them", async () => {
  let [made, disposed] = [0, 0];
  const compile: ApproximateOptions["compile"] = (f) => {
    made++;
    return Object.assign(async (...inputs: tf.Tensor[]) => tf.tidy(() => f(...inputs)), {
      dispose: () => void disposed++,
    });
  };
  const options = { ...quick, rng: createRng(1), countedSamples: 10, compile };
  const family = { type: "igr-sb", block: 4, cap: 4 } as const;
  await expect(approximate(new Poisson({ rate: 50 }), family, options)).rejects.toThrow("the cap of 4 coordinates");
  expect(disposed).toBe(made);
});

test("only the parameters stay in memory", async () => {
  const before = tf.memory().numTensors;
  for (const type of ["igr", "igr-planar", "igr-sb", "gs"] as const) {
    const fit = await approximate(target, type, { ...quick, steps: 2, countedSamples: 10, rng: createRng(1) });
    expect(tf.memory().numTensors).toBe(before + Object.keys(fit.parameters).length);
    fit.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
});

describe("progress and abort", () => {
  const quickly = { temperature: 0.5, steps: 6, samples: 20, countedSamples: 100 };

  test("onProgress comes after each step, with the loss that the result has; seconds count all of it", async () => {
    const seen: { step: number; steps: number; loss: number }[] = [];
    const onProgress = (progress: (typeof seen)[number]) => void seen.push(progress);
    const fit = await approximate([0.5, 0.3, 0.2], "igr", { ...quickly, rng: createRng(1), onProgress });
    expect(seen).toEqual(fit.losses.map((loss, index) => ({ step: index + 1, steps: 6, loss })));
    expect(fit.seconds).toBeGreaterThan(fit.trainingSeconds);
    fit.dispose();
  });

  test.each(["igr", { type: "igr-sb", block: 4 }] as const)(
    "measureEvery gives onProgress the fit, and changes no step: %o",
    async (family) => {
      const measured: (Fit | undefined)[] = [];
      const onProgress: ApproximateOptions["onProgress"] = ({ fit }) => void measured.push(fit);
      const options = { ...quickly, countedSamples: 4000, onProgress };
      const fit = await approximate([0.5, 0.3, 0.2], family, { ...options, rng: createRng(1), measureEvery: 3 });
      expect(measured.map((each) => each !== undefined)).toEqual([false, false, true, false, false, true]);
      const [last] = measured.slice(-1) as [Fit];
      expect(Math.abs(last.totalVariation - fit.after.totalVariation)).toBeLessThan(0.04);
      const alone = await approximate([0.5, 0.3, 0.2], family, { ...quickly, rng: createRng(1) });
      expect(fit.losses).toEqual(alone.losses);
      fit.dispose();
      alone.dispose();
    },
  );

  test("a signal ends it between two steps, and nothing stays in memory", async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    let last = 0;
    const onProgress = ({ step }: { step: number }) => {
      last = step;
      if (step === 2) controller.abort(new Error("enough"));
    };
    const options = { ...quickly, rng: createRng(1), onProgress, signal: controller.signal };
    await expect(approximate([0.5, 0.3, 0.2], "gumbel-softmax", options)).rejects.toThrow("enough");
    expect(last).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
    await expect(approximate([0.5, 0.5], "igr", options)).rejects.toThrow("enough");
  });

  test.each(["gs", "concrete", "gumbel"] as const)("'%s' is 'gumbel-softmax'", async (name) => {
    const fits = await Promise.all(
      [name, "gumbel-softmax" as const].map((each) =>
        approximate([0.5, 0.3, 0.2], each, { ...quickly, rng: createRng(1) }),
      ),
    );
    expect(fits[0]!.losses).toEqual(fits[1]!.losses);
    for (const fit of fits) fit.dispose();
  });
});
