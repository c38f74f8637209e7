import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { radialFlow, realNVPFlow } from "@igr/bijectors";
import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { igr, igrCategorical, igrSb, makeModel, planar, size } from "../../test/latents.js";
import { expectClose, numbers } from "../../test/values.js";
import { load } from "../checkpoint/load.js";
import { save } from "../checkpoint/save.js";
import type { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { fit } from "../training/fit.js";
import { CategoricalLatent } from "./categorical-latent.js";
import { GumbelSoftmaxLatent } from "./gumbel-softmax-latent.js";
import type { Latent } from "./latent.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

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
