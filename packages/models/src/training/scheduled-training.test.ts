import { createRng, IGR, klDivergence } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrayImages, bars } from "../../test/array-images.js";
import { expectClose, numbers } from "../../test/values.js";
import { DiscreteVAE } from "../discrete-vae/discrete-vae.js";
import { GumbelSoftmaxLatent } from "../latent/gumbel-softmax-latent.js";
import { IgrLatent } from "../latent/igr-latent.js";
import type { Latent } from "../latent/latent.js";
import { BernoulliLikelihood } from "../likelihood/bernoulli-likelihood.js";
import type { ForwardOptions } from "../model/model.js";
import { denseNetwork } from "../network/dense.js";
import type { Schedule } from "../schedule/schedule.js";
import { fit } from "./fit.js";
import type { StepLog } from "./logs.js";

// tfjs' leak check mistakes a tensor that moves between backends within a kernel for a leak. PROD suppresses its banner.
beforeAll(() => tf.env().setFlags({ ...tf.env().getFlags(), IS_TEST: false, PROD: true }));
afterAll(() => tf.env().set("IS_TEST", true));

const SIDE = 4;
const size = { variables: 2, categories: 4 };
const prior = { loc: [-0.8, 0.3, -0.2], scale: [0.6, 0.4, 0.9] };
const igr = (options: object = {}) => new IgrLatent({ ...size, temperature: 0.4, delta: 0.2, prior, ...options });
const gs = (options: object = {}) => new GumbelSoftmaxLatent({ ...size, temperature: 0.4, ...options });

function makeModel<M extends typeof DiscreteVAE>(latent: Latent, Model: M = DiscreteVAE as M): InstanceType<M> {
  const rng = createRng(1);
  return new Model({
    encoder: denseNetwork({ inputs: SIDE * SIDE, hidden: [16], outputs: latent.encoderOutputs, rng: rng.fork("e") }),
    decoder: denseNetwork({ inputs: latent.decoderInputs, hidden: [16], outputs: SIDE * SIDE, rng: rng.fork("d") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  }) as InstanceType<M>;
}

const schedules: Record<string, Schedule> = {
  temperature: { kind: "exponential", from: 1, to: 0.4, steps: 10 },
  klWeight: { kind: "linear", from: 0, to: 1, steps: 8 },
};

/** Counts the calls of its bound in training: one for each eager step, one for each trace when compiled. */
class CountingVAE extends DiscreteVAE {
  calls = 0;

  override elbo(...[x, rng, options]: Parameters<DiscreteVAE["elbo"]>) {
    if ((options as ForwardOptions | undefined)?.training) this.calls += 1;
    return super.elbo(x, rng, options);
  }
}

async function run(latent: Latent, engine: "eager" | "jit") {
  const model = makeModel(latent, CountingVAE);
  const steps: StepLog[] = [];
  const history = await fit(model, new ArrayImages(bars(48, SIDE)), {
    epochs: 3,
    batchSize: 8,
    optimizer: tf.train.adam(0.03),
    rng: createRng(3),
    schedules,
    engine,
    jit: { threads: 1 },
    callbacks: { onStep: (log) => void steps.push(log) },
  });
  const weights = model.trainableVariables.map(numbers);
  const { calls } = model;
  model.dispose();
  return { history, steps, weights, calls };
}

describe.each([
  ["IGR whose prior follows", () => igr()],
  ["IGR whose prior is fixed", () => igr({ scheduledPrior: "fixed" })],
  ["IGR with a learned prior", () => igr({ learnPrior: true })],
  ["Gumbel-Softmax", () => gs()],
  ["Gumbel-Softmax whose learned prior follows", () => gs({ scheduledPrior: "follows", learnPrior: true })],
])("schedules of temperature and KL, %s", (_, latent) => {
  test("enter each step as values, compiled and eager, without another trace", async () => {
    const [eager, jit] = [await run(latent(), "eager"), await run(latent(), "jit")];
    expect(eager.steps.map(({ scheduled }) => scheduled!.klWeight)).toEqual(
      Array.from({ length: 18 }, (_, step) => Math.min(1, step / 8)),
    );
    expect(eager.steps[5]!.scheduled!.temperature).toBeCloseTo(0.4 ** 0.5, 12);
    for (const [i, { loss, kl }] of jit.steps.entries()) {
      expectClose([loss, kl], [eager.steps[i]!.loss, eager.steps[i]!.kl], { rtol: 1e-3, atol: 1e-3 });
    }
    for (const { loss, reconstruction, kl, scheduled } of eager.steps) {
      expect(loss).toBeCloseTo(scheduled!.klWeight! * kl - reconstruction, 3);
    }
    expect(eager.calls).toBe(18);
    // One call makes the optimizer's slots, the next one is compiled.
    expect(jit.calls).toBeLessThanOrEqual(3);
    expect(eager.history).toMatchObject({ schedules, scheduledPrior: latent().describeScheduledPrior() });
    expect(await run(latent(), "jit").then(({ weights }) => weights)).toEqual(jit.weights);
  });
});

test("a scheduled temperature equals the same fixed temperature", () => {
  const x = tf.tensor2d(bars(5, SIDE));
  const scheduled = { temperature: tf.scalar(0.9) };
  for (const [moved, own] of [
    [igr(), igr({ temperature: 0.9 })],
    [gs({ scheduledPrior: "follows" }), gs({ temperature: 0.9 })],
    [gs(), gs({ temperature: 0.9, priorTemperature: 0.4 })],
  ] as const) {
    const terms = makeModel(moved).elbo(x, createRng(2), { scheduled });
    const expected = makeModel(own).elbo(x, createRng(2));
    expectClose(terms.reconstruction, numbers(expected.reconstruction), { rtol: 1e-5 });
    expectClose(terms.kl, numbers(expected.kl), { rtol: 1e-5, atol: 1e-5 });
  }
});

test("IGR's fixed prior is the same distribution over the simplex at every temperature", () => {
  const latent = igr({ scheduledPrior: "fixed" });
  const outputs = createRng(4).normal([3, size.variables, latent.outputsPerVariable]) as tf.Tensor3D;
  const parameters = latent.parameters(outputs);
  for (const temperature of [0.05, 0.4, 1.5]) {
    const scheduled = { temperature: tf.scalar(temperature) };
    const sample = latent.sample(parameters, createRng(5), [4000], scheduled);
    const closed = latent.kl(parameters, sample, scheduled);
    // Core's rule for two softmax++ of unequal temperatures.
    const q = new IGR({ loc: parameters.loc!, scale: parameters.scale!, temperature, delta: 0.2 });
    const expected = klDivergence(q, new IGR({ ...prior, temperature: 0.4, delta: 0.2 }), { method: "closed" });
    expectClose(closed, numbers(expected), { rtol: 1e-4 });
    const { mean, variance } = tf.moments(sample.logRatio(), 0);
    const deviations = numbers(tf.div(tf.sub(mean, closed), tf.sqrt(tf.div(variance, 4000))));
    expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4);
  }
});

test("a learned prior changes, with one for each variable, and a fixed prior has no variables", async () => {
  for (const latent of [igr({ learnPrior: true }), gs({ learnPrior: true })]) {
    const before = latent.trainableVariables.map(numbers);
    await fit(makeModel(latent), new ArrayImages(bars(16, SIDE)), {
      epochs: 1,
      batchSize: 8,
      rng: createRng(1),
      engine: "eager",
    });
    const after = latent.trainableVariables.map(numbers);
    for (const [i, values] of after.entries()) {
      expect(values).not.toEqual(before[i]);
      expect(values.slice(0, values.length / 2)).not.toEqual(values.slice(values.length / 2));
    }
  }
  expect([...igr().trainableVariables, ...gs().trainableVariables]).toEqual([]);
});

describe("fit rejects a schedule", () => {
  const attempt = (given: Record<string, Schedule>, latent: Latent = gs()) =>
    fit(makeModel(latent), new ArrayImages(bars(8, SIDE)), { epochs: 1, rng: createRng(1), schedules: given });

  test("that the model does not support, or that is out of range", async () => {
    await expect(attempt({ beta: 1 })).rejects.toThrow(
      "fit: schedules must be of 'temperature' | 'klWeight' | 'hardWeight' | 'learningRate', got 'beta'",
    );
    await expect(attempt({ temperature: { kind: "linear", from: 1, to: 0, steps: 5 } })).rejects.toThrow(
      "fit: schedules.temperature must stay > 0",
    );
    await expect(attempt({ klWeight: { kind: "linear", from: 1, to: -0.1, steps: 9 } })).rejects.toThrow(
      "fit: schedules.klWeight must stay >= 0",
    );
    await expect(attempt({ klWeight: { kind: "linear", from: 1, to: 0, steps: 0 } })).rejects.toThrow(
      "fit: schedules.klWeight.steps must be a whole number >= 1, got 0",
    );
  });

  test("of a temperature that leaves eq 23's simplex, after the warmup too", async () => {
    const interpolation = () => igr({ transform: "interpolation" });
    for (const temperature of [1.5, { kind: "linear", from: 1.2, to: 0.5, steps: 9, warmup: 9 }] as const) {
      await expect(attempt({ temperature }, interpolation())).rejects.toThrow(
        "fit: schedules.temperature must stay in (0, 1], got",
      );
    }
    const { epochs } = await fit(makeModel(interpolation()), new ArrayImages(bars(8, SIDE)), {
      ...{ epochs: 1, batchSize: 8, rng: createRng(1), engine: "eager" },
      schedules: { temperature: { kind: "linear", from: 1, to: 0.5, steps: 9 } },
    });
    expect(Number.isFinite(epochs[0]!.train.loss)).toBe(true);
  });

  test("with a transform that the option does not fit", () => {
    expect(() => igr({ transform: "stick-breaking", scheduledPrior: "fixed" })).toThrow(
      "IgrLatent: scheduledPrior: 'fixed' is only for the transform 'softmax++'",
    );
  });
});

describe("a decoder that receives logarithms", () => {
  test.each([
    ["IGR, log z", () => igr({ decoderReceives: "log z" }), 4],
    ["IGR, log softmax", () => igr({ decoderReceives: "log softmax" }), 3],
    ["Gumbel-Softmax, log z", () => gs({ decoderReceives: "log z" }), 4],
  ])("%s", (_, make, inputs) => {
    const latent = make();
    expect(latent.decoderInputs).toBe(2 * inputs);
    const outputs = createRng(4).normal([3, size.variables, latent.outputsPerVariable]) as tf.Tensor3D;
    const { z, input } = latent.sample(latent.parameters(outputs), createRng(5));
    expect(input!.shape).toEqual([3, 2, inputs]);
    // If z has not rounded to a vertex the logarithms agree; at a vertex it is finite.
    expectClose(latent.decoderInput(z), numbers(input!), { rtol: 1e-4, atol: 1e-4 });
    const vertex = tf.cast(tf.oneHot(tf.tensor2d([[1, 2]], [1, 2], "int32"), 4), "float32");
    expect(numbers(latent.decoderInput(vertex)).every(Number.isFinite)).toBe(true);
    const model = makeModel(latent);
    expect(model.sample(createRng(1), 3).shape).toEqual([3, 16]);
    expect(numbers(model.elbo(tf.tensor2d(bars(3, SIDE)), createRng(1)).elbo).every(Number.isFinite)).toBe(true);
  });
});
