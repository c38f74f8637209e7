import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { radialFlow, realNVPFlow, sylvesterFlow } from "@igr/bijectors";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import { denseNetwork } from "../network/dense.js";
import { fit } from "../training/fit.js";
import { CategoricalLatent } from "./categorical-latent.js";
import { GumbelSoftmaxLatent } from "./gumbel-softmax-latent.js";
import { IgrCategoricalLatent } from "./igr-categorical-latent.js";
import { IgrLatent } from "./igr-latent.js";
import { IgrPlanarLatent } from "./igr-planar-latent.js";
import { IgrStickBreakingLatent } from "./igr-stick-breaking-latent.js";
import type { Latent } from "./latent.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const size = { variables: 2, categories: 4 };
const prior = { loc: [-0.5, 0.2, 0.1], scale: [0.7, 1.2, 0.9] };
const sticks = { loc: [-1, -0.8, -0.6, -0.2, 0.3], scale: [0.7, 1.2, 0.9, 1, 0.8] };
const planar = (options: object = {}) =>
  new IgrPlanarLatent({ ...size, depth: 2, temperature: 0.3, prior, rng: createRng(1), ...options });
const igr = (options: object = {}) => new IgrLatent({ ...size, temperature: 0.3, prior, ...options });
const igrSb = (options: object = {}) =>
  new IgrStickBreakingLatent({ variables: 2, maxCategories: 5, temperature: 0.3, rho: 0.8, prior: sticks, ...options });

const igrCategorical = (options: object = {}) => new IgrCategoricalLatent({ ...size, temperature: 0.3, ...options });

const latents: [name: string, make: () => Latent, hasClosedKl: boolean][] = [
  ["IGR", () => igr(), true],
  ["IGR, learned prior", () => igr({ learnPrior: true }), true],
  ["IGR, stick-breaking", () => igr({ transform: "stick-breaking" }), true],
  ["IGR, interpolation", () => igr({ transform: "interpolation" }), true],
  ["IGR-SB", () => igrSb(), true],
  ["IGR-SB, learned prior", () => igrSb({ learnPrior: true }), true],
  ["IGR-Planar 2", () => planar(), true],
  ["IGR-Planar 10", () => planar({ depth: 10 }), true],
  ["IGR-Planar 5, fixed prior", () => planar({ depth: 5, flowPrior: "fixed" }), false],
  ["IGR through radial flows", () => planar({ depth: undefined, flow: radialFlow({ size: 3, depth: 2 }) }), true],
  [
    "IGR through coupling flows, fixed prior",
    () =>
      planar({ depth: undefined, flow: realNVPFlow({ size: 3, depth: 2, hidden: [4] }).config, flowPrior: "fixed" }),
    false,
  ],
  ["Gumbel-Softmax", () => new GumbelSoftmaxLatent({ ...size, temperature: 0.3 }), false],
  [
    "Gumbel-Softmax, learned prior",
    () => new GumbelSoftmaxLatent({ ...size, temperature: 0.3, learnPrior: true }),
    false,
  ],
  ["IGR, a learned temperature for each variable", () => igr({ learnTemperature: "per-variable" }), true],
  [
    "IGR, one learned temperature, a prior that stays, log softmax",
    () => igr({ learnTemperature: "shared", scheduledPrior: "fixed", decoderReceives: "log softmax" }),
    true,
  ],
  [
    "Gumbel-Softmax, a learned temperature for each variable that the prior follows",
    () =>
      new GumbelSoftmaxLatent({
        ...size,
        temperature: 0.3,
        learnTemperature: "per-variable",
        scheduledPrior: "follows",
      }),
    false,
  ],
  ["IGR's categories, ReinMax, learned prior", () => igrCategorical({ learnPrior: true }), true],
  ["IGR's categories, its own Jacobian", () => igrCategorical({ estimator: { kind: "igr-straight-through" } }), true],
  [
    "IGR's categories, its Jacobian over several pre-images",
    () => igrCategorical({ estimator: { kind: "igr-rao", conditionalDraws: 2, samples: 2 } }),
    true,
  ],
  ["categorical, ReinMax", () => new CategoricalLatent({ ...size }), true],
  [
    "categorical, REBAR, learned prior and scale",
    () =>
      new CategoricalLatent({
        ...size,
        learnPrior: true,
        estimator: { kind: "rebar", temperature: 0.5, scale: "learned" },
      }),
    true,
  ],
  [
    "bits, Gumbel-Rao",
    () =>
      new CategoricalLatent({
        variables: 5,
        categories: 2,
        prior: [0.3, 0.7],
        estimator: { kind: "gumbel-rao", temperature: 0.5, conditionalDraws: 2 },
      }),
    true,
  ],
];

function makeModel(latent: Latent): DiscreteVAE {
  const rng = createRng(1);
  return new DiscreteVAE({
    encoder: denseNetwork({ inputs: 16, hidden: [8], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [8], outputs: 16, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

async function trained(latent: Latent, engine: "eager" | "jit") {
  const model = makeModel(latent);
  const elbos: number[] = [];
  const optimizer = tf.train.adam(0.01);
  const counts: number[] = [];
  await fit(model, new ArrayImages(bars(32, 4)), {
    epochs: 2,
    batchSize: 8,
    optimizer,
    rng: createRng(3),
    ...(latent.hasTemperature ? { schedules: { temperature: { kind: "linear", from: 0.6, to: 0.3, steps: 5 } } } : {}),
    engine,
    jit: { threads: 1 },
    callbacks: {
      onStep: ({ elbo, kl }) => {
        elbos.push(elbo, kl);
        counts.push(tf.memory().numTensors);
      },
    },
  });
  optimizer.dispose();
  return { model, elbos, counts, weights: model.trainableVariables.map(numbers) };
}

describe.each(latents)("%s", (_, make, hasClosedKl) => {
  test("draws of posterior and prior lie on the simplex, gradients of the ELBO reach every variable", () => {
    const model = makeModel(make());
    const { latent } = model;
    const x = tf.tensor2d(bars(6, 4));
    const { z } = latent.sample(model.encode(x), createRng(1), [3]);
    expect(z.shape).toEqual([3, 6, latent.variables, latent.categories]);
    expectClose(tf.sum(z, 3), new Array(3 * 6 * latent.variables).fill(1), { rtol: 1e-5 });
    expectClose(tf.sum(latent.samplePrior(createRng(1), 7), 2), new Array(7 * latent.variables).fill(1), {
      rtol: 1e-5,
    });
    const { grads } = tf.variableGrads(() => model.loss(x, createRng(2)), model.trainableVariables);
    for (const { name } of model.trainableVariables) {
      const gradient = numbers(grads[name]!);
      expect(gradient.every(Number.isFinite)).toBe(true);
      expect(gradient.some((value) => value !== 0)).toBe(true);
    }
  });

  test("the KL is the mean of the log ratios within 4 standard errors, or the log ratio of the sample", () => {
    const latent = make();
    const outputs = createRng(2).normal([2, latent.variables, latent.outputsPerVariable]) as tf.Tensor3D;
    const parameters = latent.parameters(outputs);
    const sample = latent.sample(parameters, createRng(3), [4000]);
    if (!hasClosedKl) {
      expect(numbers(latent.kl(parameters, sample))).toEqual(numbers(sample.logRatio()));
      return;
    }
    const { mean, variance } = tf.moments(sample.logRatio(), 0);
    const deviation = tf.div(tf.sub(mean, latent.kl(parameters, sample)), tf.sqrt(tf.div(variance, 4000)));
    expect(Math.max(...numbers(deviation).map(Math.abs))).toBeLessThan(4);
  });

  test("compiled and eager training agree, under a temperature schedule if possible, runs repeat bit for bit, and memory does not grow", async () => {
    const [eager, jit, again] = [
      await trained(make(), "eager"),
      await trained(make(), "jit"),
      await trained(make(), "jit"),
    ];
    expectClose(jit.elbos, eager.elbos, { rtol: 2e-3, atol: 2e-3 });
    expect(again.weights).toEqual(jit.weights);
    expect(new Set(eager.counts.slice(2)).size).toBe(1);
  });

  test("is loaded from a checkpoint bit for bit, and frees its memory", async () => {
    const dir = await mkdtemp(join(tmpdir(), "igr-latent-"));
    try {
      const { model } = await trained(make(), "eager");
      await save(model, dir);
      const before = tf.memory().numTensors;
      const loaded = await load(dir);
      const x = tf.tensor2d(bars(5, 4));
      const elbo = (m: DiscreteVAE) => numbers(m.elbo(x, createRng(1)).elbo);
      const values = elbo(loaded);
      expect(values).toEqual(elbo(model));
      expect(loaded.latent.config()).toEqual(model.latent.config());
      loaded.dispose();
      // x and the terms of two ELBOs.
      const terms = Object.keys(model.elbo(x, createRng(1))).length;
      expect(tf.memory().numTensors).toBe(before + 1 + 3 * terms);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe("IGR-Planar", () => {
  const outputs = createRng(4).normal([3, 2, 6]) as tf.Tensor3D;

  test("flows of another family are saved and made again; depth and flow exclude each other", () => {
    const flow = sylvesterFlow({ size: 3, units: 2 });
    const latent = planar({ depth: undefined, flow });
    const { kind, ...config } = latent.config();
    expect(config).toMatchObject({ flow: { kind: "sylvester", size: 3, units: 2 } });
    expect(config).not.toHaveProperty("depth");
    const again = new IgrPlanarLatent({ ...(config as object), rng: createRng(1) } as never);
    expect(again.config()).toEqual(latent.config());
    expect(() => planar({ flow })).toThrow("IgrPlanarLatent: needs either depth or flow, got both");
    expect(() => planar({ depth: undefined })).toThrow("needs either depth or flow, got neither");
    const wide = radialFlow({ size: 4 });
    expect(() => planar({ depth: undefined, flow: wide })).toThrow("flow must have K-1 = 3 coordinates and no context");
    latent.dispose();
    again.dispose();
  });

  /** One planar flow in float64: Rezende and Mohamed 2015, eq 10 and 12, with their uHat. */
  function planarStep(x: number[], u: number[], w: number[], b: number): { y: number[]; logDet: number } {
    const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    const wu = dot(w, u);
    const uHat = u.map((v, i) => v + ((Math.log1p(Math.exp(wu)) - 1 - wu) * w[i]!) / dot(w, w));
    const h = Math.tanh(dot(w, x) + b);
    return { y: x.map((v, i) => v + uHat[i]! * h), logDet: Math.log(1 + (1 - h * h) * dot(w, uHat)) };
  }

  test.each(["through-flow", "fixed"] as const)("draws and log ratios with the prior %s equal float64", (flowPrior) => {
    const latent = planar({ depth: 2, flowPrior });
    const parameters = latent.parameters(outputs);
    const { z, logRatio } = latent.sample(parameters, createRng(6));
    const eps = numbers(createRng(6).normal([3, 2, 3]));
    const flows = Object.fromEntries(Object.entries(latent.flow.variables).map(([name, v]) => [name, numbers(v)]));
    const raw = numbers(outputs);
    const expectedZ: number[] = [];
    const expectedRatio: number[] = [];
    for (let b = 0; b < 3; b++) {
      for (let n = 0; n < 2; n++) {
        const at = (b * 2 + n) * 6;
        const noise = eps.slice((b * 2 + n) * 3, (b * 2 + n) * 3 + 3);
        const loc = raw.slice(at, at + 3);
        const scale = raw.slice(at + 3, at + 6).map(Math.exp);
        const y = loc.map((m, k) => m + scale[k]! * noise[k]!);
        let x = y;
        let logDet = 0;
        for (const layer of [0, 1]) {
          const part = (name: string) => flows[`${layer}/${name}`]!.slice(3 * n, 3 * n + 3);
          const step = planarStep(x, part("u"), part("w"), flows[`${layer}/b`]![n]!);
          x = step.y;
          logDet += step.logDet;
        }
        const logits = [...x.map((v) => v / 0.3), Math.log(0.1)];
        const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
        expectedZ.push(...logits.map((v) => Math.exp(v) / total));
        const seen = flowPrior === "fixed" ? x : y;
        const logQ = noise.reduce((sum, e, k) => sum - e ** 2 / 2 - Math.log(scale[k]!), 0);
        const logP = seen.reduce(
          (sum, v, k) => sum - ((v - prior.loc[k]!) / prior.scale[k]!) ** 2 / 2 - Math.log(prior.scale[k]!),
          0,
        );
        expectedRatio.push(logQ - logP - (flowPrior === "fixed" ? logDet : 0));
      }
    }
    expectClose(z, expectedZ, { rtol: 1e-4, atol: 1e-7 });
    expectClose(logRatio(), expectedRatio, { rtol: 1e-5, atol: 1e-5 });
  });
});

describe("IGR-SB", () => {
  test("each sample keeps its own number of categories, categories that are cut off are 0, and the remainder is the last coordinate", () => {
    const latent = igrSb({ rho: 0.6 });
    const parameters = latent.parameters(createRng(4).normal([50, 2, 10]) as tf.Tensor3D);
    const { z, kept: counts } = latent.sample(parameters, createRng(6));
    const kept = numbers(counts!);
    const rows = numbers(z);
    expect(new Set(kept).size).toBeGreaterThan(2);
    for (const [i, count] of kept.entries()) {
      const row = rows.slice(6 * i, 6 * i + 6);
      expect(row.slice(count, 5).every((value) => value === 0)).toBe(true);
      expect(row.slice(0, count).every((value) => value > 0)).toBe(true);
      expect(row[5]).toBeGreaterThan(0);
      expect(row.indexOf(Math.max(...row))).toBeLessThan(5);
    }
  });

  test("models report the mean number that they keep", () => {
    const model = makeModel(igrSb());
    const x = tf.tensor2d(bars(20, 4));
    const { kept } = model.latent.sample(model.encode(x), createRng(1));
    expectClose(model.elbo(x, createRng(1)).keptCategories!, numbers(tf.mean(kept!, 1)), { rtol: 1e-6 });
    expect(Object.keys(makeModel(igr()).elbo(x, createRng(1)))).toEqual(["elbo", "reconstruction", "kl"]);
  });

  test("rejects numbers out of range", () => {
    expect(() => igrSb({ rho: 1 })).toThrow("IgrStickBreakingLatent: rho must be a number in (0, 1), got 1");
    expect(() => igrSb({ prior: { ...sticks, rho: 0.99 } })).toThrow(
      "IgrStickBreakingLatent: prior must be fitted at rho = 0.8, where the model cuts, got one of 0.99",
    );
    expect(() => igrSb({ prior: { ...sticks, rho: 0.8 } }).dispose()).not.toThrow();
    expect(() => igrSb({ maxCategories: 4 })).toThrow(
      "IgrStickBreakingLatent: prior.loc must hold maxCategories = 4 finite numbers, got [-1,-0.8,-0.6,-0.2,0.3]",
    );
  });
});
